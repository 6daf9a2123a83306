import { type Access, roleSql, roleValues } from '../collections/access.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

export interface EvaluationView {
  id: string;
  judgmentSetId: string;
  collectionIds: string[];
  result: Record<string, unknown>;
  createdAt: Date;
}

export type NewEvaluation = Pick<EvaluationView, 'judgmentSetId' | 'collectionIds' | 'result'>;

const COLUMNS = 'e.id, e.judgment_set_id AS "judgmentSetId", e.collection_ids AS "collectionIds", e.result, e.created_at AS "createdAt"';

const INSERT: Statement = {
  name: 'insert_evaluation',
  text: `INSERT INTO evaluations AS e (org_id, id, judgment_set_id, collection_ids, result) VALUES ($1, $2, $3, $4::uuid[], $5::jsonb) RETURNING ${COLUMNS}`,
};

// Of collections that the caller may read all: it tells what is in them.
const LIST: Statement = {
  name: 'list_evaluations',
  text: `SELECT ${COLUMNS} FROM evaluations e WHERE e.org_id = $1 AND ($4::uuid IS NULL OR e.id = $4) AND NOT EXISTS (
      SELECT 1 FROM unnest(e.collection_ids) AS asked(id) LEFT JOIN collections c ON c.org_id = e.org_id AND c.id = asked.id AND c.deleted_at IS NULL
      WHERE c.id IS NOT NULL AND ${roleSql('c', 2)} IS NULL)
    ORDER BY e.created_at DESC, e.id LIMIT 200`,
};

export async function addEvaluation(sql: Sql, scope: TenantScope, { judgmentSetId, collectionIds, result }: NewEvaluation): Promise<EvaluationView> {
  const rows = await sql.rows<EvaluationView>(INSERT, [scope.orgId, newId(), judgmentSetId, collectionIds, JSON.stringify(result)]);
  return rows[0] as EvaluationView;
}

export function listEvaluations(sql: Sql, access: Access): Promise<EvaluationView[]> {
  return sql.rows<EvaluationView>(LIST, [access.scope.orgId, ...roleValues(access), null]);
}

export async function readEvaluation(sql: Sql, access: Access, id: string): Promise<EvaluationView> {
  const [evaluation] = await sql.rows<EvaluationView>(LIST, [access.scope.orgId, ...roleValues(access), id]);
  if (evaluation === undefined) throw new CairnError('not_found', 'There is no evaluation with this id.');
  return evaluation;
}
