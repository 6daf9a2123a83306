import {
  type Access,
  assertRole,
  type CollectionRole,
  cancelOperation,
  type Database,
  type Hints,
  listOperations,
  readCollection,
  readOperation,
} from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { operationAnswer } from './operation-answer.js';
import type { ListOperationsDto } from './operations.dto.js';

const PER_PAGE = 50;

export class OperationsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
  ) {}

  async read(access: Access, id: string): Promise<object> {
    return operationAnswer(await this.database.tenant(access.scope, (sql) => readOperation(sql, access, id)));
  }

  async list(access: Access, { page = 1, per_page: perPage = PER_PAGE, status }: ListOperationsDto): Promise<object> {
    const asked = { state: status, limit: perPage, offset: (page - 1) * perPage };
    const operations = await this.database.tenant(access.scope, (sql) => listOperations(sql, access, asked));
    return { operations: operations.map(operationAnswer), page, per_page: perPage };
  }

  async ofCollection(access: Access, collectionId: string, limit = PER_PAGE): Promise<object[]> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      await readCollection(sql, access, collectionId);
      return (await listOperations(sql, access, { collectionId, limit })).map(operationAnswer);
    });
  }

  /** What was done by then stays; what waits or runs ends and changes nothing any more. */
  async cancel(request: WriteRequest, id: string): Promise<object> {
    const { answer, jobs } = await this.writes.transaction(request, 200, async (sql) => {
      const { role } = await readOperation(sql, request.access, id);
      assertRole(role as CollectionRole, 'write');
      const cancelled = await cancelOperation(sql, request.scope, id);
      return { answer: operationAnswer(await readOperation(sql, request.access, id)), jobs: cancelled };
    });
    for (const job of jobs) this.hints.announceCancel(job);
    this.hints.announceEvents(request.scope.orgId);
    return answer;
  }
}
