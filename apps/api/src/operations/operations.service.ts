import {
  type Access,
  assertRole,
  type CollectionRole,
  cancelOperation,
  collectionIdOf,
  countOperations,
  type Database,
  type FeedCursors,
  feedHead,
  type Hints,
  listOperations,
  readCollection,
  readOperation,
  type Sql,
} from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { operationAnswer } from './operation-answer.js';
import type { ListOperationsDto } from './operations.dto.js';

const PER_PAGE = 50;

interface Listed<T> {
  answer: T;
  /** Where the feed of events stood when the list was read. */
  feedCursor: string;
}

export class OperationsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly feedCursors: FeedCursors,
  ) {}

  async read(access: Access, id: string): Promise<object> {
    return operationAnswer(await this.database.tenant(access.scope, (sql) => readOperation(sql, access, id)));
  }

  list(access: Access, { page = 1, per_page: perPage = PER_PAGE, status, type, collection_id: collection }: ListOperationsDto): Promise<Listed<object>> {
    return this.listed(access, async (sql) => {
      const collectionId = collection === undefined ? undefined : await collectionIdOf(sql, access, collection);
      const filter = { state: status, type, collectionId };
      const operations = await listOperations(sql, access, { ...filter, limit: perPage, offset: (page - 1) * perPage });
      return { operations: operations.map(operationAnswer), total: await countOperations(sql, access, filter), page, per_page: perPage };
    });
  }

  ofCollection(access: Access, collectionId: string, limit = PER_PAGE): Promise<Listed<object[]>> {
    return this.listed(access, async (sql) => {
      await readCollection(sql, access, collectionId);
      return (await listOperations(sql, access, { collectionId, limit })).map(operationAnswer);
    });
  }

  private listed<T>({ scope }: Access, list: (sql: Sql) => Promise<T>): Promise<Listed<T>> {
    return this.database.tenantSnapshot(scope, async (sql) => {
      const feedCursor = this.feedCursors.format(scope, await feedHead(sql));
      return { answer: await list(sql), feedCursor };
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
