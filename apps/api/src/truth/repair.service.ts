import { acceptJob, beginOperation, type Database, type Hints, jobKeyOf, readCollection, readOperation } from '@cairn/common';
import { operationAnswer } from '../operations/operation-answer.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';

/** Has Qdrant brought back to what Postgres says of a collection. */
export class RepairService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly options: { maxAttempts: number },
  ) {}

  async repair(request: WriteRequest, id: string): Promise<object> {
    const { scope, access, correlationId, traceparent } = request;
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      await readCollection(sql, access, id, 'write');
      const operationId = await beginOperation(sql, scope, { collectionId: id, type: 'repair', total: 0, jobs: 1 });
      const payload = { collection_id: id, operation_id: operationId };
      const job = { type: 'repair_collection' as const, jobKey: jobKeyOf(scope.orgId, 'repair_collection', payload), payload, operationId };
      await acceptJob(this.database, scope, { ...job, maxAttempts: this.options.maxAttempts, correlationId, traceparent }, sql);
      return operationAnswer(await readOperation(sql, access, operationId));
    });
    this.hints.announceJobs(scope.orgId);
    return answer;
  }
}
