import type { Sql, Statement } from '../data/database.js';
import { isUniqueViolation } from '../data/pg-errors.js';
import { CairnError } from '../errors/catalogue.js';
import { newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** How relevant a document is for a question: 0, or less, not at all. */
export interface Judgment {
  query: string;
  externalId: string;
  relevance: number;
}

export interface JudgmentSetSummary {
  id: string;
  name: string;
  queries: number;
  judgments: number;
  createdAt: Date;
}

const SUMMARY = `id, name, jsonb_array_length(judgments) AS judgments, created_at AS "createdAt",
  (SELECT count(DISTINCT j->>'query')::int FROM jsonb_array_elements(judgments) j) AS queries`;

const INSERT: Statement = {
  name: 'insert_judgment_set',
  text: `INSERT INTO judgment_sets (org_id, id, name, judgments) VALUES ($1, $2, $3, $4::jsonb) RETURNING ${SUMMARY}`,
};

const LIST: Statement = {
  name: 'list_judgment_sets',
  text: `SELECT ${SUMMARY} FROM judgment_sets WHERE org_id = $1 AND ($2::uuid IS NULL OR id = $2) ORDER BY created_at DESC, id LIMIT 1000`,
};

export async function addJudgmentSet(
  sql: Sql,
  scope: TenantScope,
  { name, judgments }: { name: string; judgments: readonly Judgment[] },
): Promise<JudgmentSetSummary> {
  const rows = await sql.rows<JudgmentSetSummary>(INSERT, [scope.orgId, newId(), name, JSON.stringify(judgments)]).catch((error) => {
    throw isUniqueViolation(error, 'judgment_sets_name_key')
      ? new CairnError('conflict', `There is a judgment set named ${JSON.stringify(name)} already. Choose another name, or delete that one.`)
      : error;
  });
  return rows[0] as JudgmentSetSummary;
}

export function listJudgmentSets(sql: Sql, scope: TenantScope): Promise<JudgmentSetSummary[]> {
  return sql.rows<JudgmentSetSummary>(LIST, [scope.orgId, null]);
}

export async function readJudgmentSet(sql: Sql, scope: TenantScope, id: string): Promise<JudgmentSetSummary> {
  const [set] = await sql.rows<JudgmentSetSummary>(LIST, [scope.orgId, id]);
  if (set === undefined) throw noJudgmentSet();
  return set;
}

export async function readJudgments(sql: Sql, scope: TenantScope, id: string): Promise<Judgment[]> {
  const [set] = await sql.rows<{ judgments: Judgment[] }>('SELECT judgments FROM judgment_sets WHERE org_id = $1 AND id = $2', [scope.orgId, id]);
  if (set === undefined) throw noJudgmentSet();
  return set.judgments;
}

/** With the evaluations that were made with it. */
export async function removeJudgmentSet(sql: Sql, scope: TenantScope, id: string): Promise<void> {
  const removed = await sql.rows('DELETE FROM judgment_sets WHERE org_id = $1 AND id = $2 RETURNING id', [scope.orgId, id]);
  if (removed.length === 0) throw noJudgmentSet();
}

const noJudgmentSet = (): CairnError => new CairnError('not_found', 'There is no judgment set with this id.');
