import {
  type Access,
  addJudgmentSet,
  type Database,
  evaluationAnswer,
  type JudgmentSetSummary,
  listEvaluations,
  listJudgmentSets,
  readEvaluation,
  readJudgmentSet,
  removeJudgmentSet,
  type TenantScope,
} from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { AddJudgmentSetDto } from './judgment-sets.dto.js';

/** What people judged relevant, and what was measured with it. The search service measures. */
export class EvaluationsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  add(request: WriteRequest, { name, judgments }: AddJudgmentSetDto): Promise<object> {
    const set = { name, judgments: judgments.map(({ query, external_id: externalId, relevance }) => ({ query, externalId, relevance })) };
    return this.writes.transaction(request, 201, async (sql) => setAnswer(await addJudgmentSet(sql, request.scope, set)));
  }

  async sets(scope: TenantScope): Promise<object> {
    const sets = await this.database.tenant(scope, (sql) => listJudgmentSets(sql, scope));
    return { judgment_sets: sets.map(setAnswer) };
  }

  async set(scope: TenantScope, id: string): Promise<object> {
    return setAnswer(await this.database.tenant(scope, (sql) => readJudgmentSet(sql, scope, id)));
  }

  remove(request: WriteRequest, id: string): Promise<void> {
    return this.writes.transaction(request, 204, (sql) => removeJudgmentSet(sql, request.scope, id));
  }

  async evaluations(access: Access): Promise<object> {
    const evaluations = await this.database.tenant(access.scope, (sql) => listEvaluations(sql, access));
    return { evaluations: evaluations.map(evaluationAnswer) };
  }

  async evaluation(access: Access, id: string): Promise<object> {
    return evaluationAnswer(await this.database.tenant(access.scope, (sql) => readEvaluation(sql, access, id)));
  }
}

function setAnswer({ id, name, queries, judgments, createdAt }: JudgmentSetSummary): object {
  return { id, name, queries, judgments, created_at: createdAt };
}
