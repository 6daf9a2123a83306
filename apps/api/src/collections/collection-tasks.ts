import {
  acceptJob,
  beginOperation,
  createCollection,
  type Database,
  type IndexView,
  inParts,
  type JobType,
  jobKeyOf,
  type NewCollection,
  readIndex,
  type Sql,
  startIndexing,
} from '@cairn/common';
import type { WriteRequest } from '../writes/write-runner.js';

interface NewTask {
  type: Extract<JobType, 'open_index' | 'remove_collection'>;
  payload: Record<string, string>;
  operationId: string;
}

/** A collection that was just made, and the operation that makes its place for vectors. */
interface Made {
  indexId: string;
  operationId: string;
}

interface Filling {
  collectionId: string;
  indexId: string;
  documentIds: string[];
  /** What is to be told of the operation. */
  config: Record<string, unknown>;
}

const JOBS_IN_ONE_STATEMENT = 1_000;

/** What is done for a collection as a whole, in the transaction that asks for it. */
export class CollectionTasks {
  constructor(
    private readonly database: Database,
    private readonly options: { maxAttempts: number },
  ) {}

  /** Makes a collection; it takes documents at once. */
  async make(sql: Sql, request: WriteRequest, collection: NewCollection): Promise<Made> {
    const { id: collectionId } = collection;
    const { indexId } = await createCollection(sql, request.access, collection);
    const operationId = await beginOperation(sql, request.scope, { collectionId, type: 'index', config: { initial: true }, indexId, total: 0, jobs: 1 });
    await this.add(sql, request, { type: 'open_index', payload: { index_id: indexId }, operationId });
    return { indexId, operationId };
  }

  /** Has all documents of a new collection indexed; answers the operation that does. */
  async fill(sql: Sql, request: WriteRequest, { collectionId, indexId, documentIds, config }: Filling): Promise<string> {
    const { scope, correlationId, traceparent } = request;
    const jobs = documentIds.length;
    const operationId = await beginOperation(sql, scope, { collectionId, type: 'append', config, total: jobs, jobs });
    const index = (await readIndex(sql, scope, indexId)) as IndexView;
    for (const part of inParts(documentIds, { size: JOBS_IN_ONE_STATEMENT, sizeOf: () => 1 }))
      await startIndexing(sql, request, { operationId, indexes: [index], documentIds: part }, { ...this.options, correlationId, traceparent });
    return operationId;
  }

  async add(sql: Sql, { scope, correlationId, traceparent }: WriteRequest, { type, payload, operationId }: NewTask): Promise<void> {
    const jobKey = jobKeyOf(scope.orgId, type, payload);
    await acceptJob(this.database, scope, { type, jobKey, payload, ...this.options, correlationId, traceparent, operationId }, sql);
  }
}
