import {
  abandonIndex,
  acceptDocumentJobs,
  type Database,
  DependencyError,
  documentsLacking,
  finishWithJobs,
  growOperation,
  holdCollection,
  holdJob,
  noteResult,
  type ReindexInHand,
  reindexInHand,
  type Sql,
  switchIndex,
} from '@cairn/common';
import type { QdrantGateway } from '@cairn/retrieval';
import type { ShadowQueries, Verification } from '../documents/shadow-queries.js';
import type { JobContext, JobHandler, JobOutcome, JobResult } from '../jobs/job-handler.js';
import { HandBack } from '../jobs/lease-keeper.js';

const AT_A_TIME = 1_000;
/** Until it is asked again whether documents have arrived that others were sending meanwhile. */
const WAIT_MS = 500;

interface Finish {
  operationId: string;
  reindex: ReindexInHand;
  verification: Verification | undefined;
}

/** Lets a new index serve when it has all documents as they are now; else it sees to those that are missing, and is called again. */
export class FinishReindexHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly gateway: QdrantGateway,
    private readonly shadows: ShadowQueries,
    private readonly options: { maxAttempts: number },
  ) {}

  async handle(context: JobContext): Promise<JobOutcome> {
    const { scope, lease } = context;
    const operationId = String(lease.payload.operation_id);
    const reindex = await this.database.tenant(scope, (sql) => reindexInHand(sql, scope, operationId));
    if (reindex === undefined) return { kind: 'commit', commit: async (sql) => this.drop(sql, context, operationId) };
    await this.verify(context, reindex);
    const verification = await this.compare(context, operationId, reindex);
    return { kind: 'commit', commit: (sql) => this.finish(sql, context, { operationId, reindex, verification }) };
  }

  /** Throws while Qdrant has less than was written: what it lost is being written back. */
  private async verify({ scope }: JobContext, { indexId, space, points }: ReindexInHand): Promise<void> {
    if (points === 0) return;
    const found = await this.gateway.count(scope, space, { index_id: indexId });
    if (found < points) throw new DependencyError('qdrant', `Qdrant has ${found} of the ${points} points of the new index. They are being written back.`);
  }

  /** What both indexes answer, where that was asked for and the new one has all documents; else it is asked when it has. */
  private async compare({ scope, signal }: JobContext, operationId: string, reindex: ReindexInHand): Promise<Verification | undefined> {
    const { verify, collectionId, indexId } = reindex;
    if (verify === null) return undefined;
    const lacking = await this.database.tenant(scope, (sql) => documentsLacking(sql, scope, { collectionId, indexId, operationId, limit: 1 }));
    return lacking.length > 0 ? undefined : this.shadows.compare(scope, { ...reindex, verify }, signal);
  }

  private async finish(sql: Sql, { scope, lease }: JobContext, { operationId, reindex, verification }: Finish): Promise<JobResult> {
    const { collectionId, indexId, verify } = reindex;
    await holdJob(sql, scope, lease);
    const isThere = await holdCollection(sql, scope, collectionId);
    const lacking = isThere ? await documentsLacking(sql, scope, { collectionId, indexId, operationId, limit: AT_A_TIME }) : [];
    const failed = lacking.filter((document) => document.failed && !document.isComing);
    if (failed.length > 0) return this.abandon(sql, scope, operationId, lackingReason(failed.length), { failed: failed.length });
    const documentIds = lacking.filter(({ isComing }) => !isComing).map(({ id }) => id);
    if (documentIds.length > 0) {
      const goesOn = await growOperation(sql, scope, operationId, { total: documentIds.length, jobs: documentIds.length });
      if (goesOn) await acceptDocumentJobs(sql, scope, { operationId, indexId, documentIds, owns: false }, this.options);
      return { index_id: indexId, lacking: documentIds.length };
    }
    if (lacking.length > 0) throw new HandBack(`${lacking.length} documents are on their way into the new index`, WAIT_MS);
    if (isThere && verify !== null && verification === undefined) throw new HandBack('the new index is whole now, and is to be compared', WAIT_MS);
    if (verification !== undefined) await noteResult(sql, scope, operationId, { verification });
    if (verification?.passed === false) return this.abandon(sql, scope, operationId, differsReason(verification), { index_id: indexId, serves: false });
    if (isThere) await switchIndex(sql, scope, collectionId, indexId);
    await finishWithJobs(sql, scope, operationId);
    return { index_id: indexId, serves: isThere };
  }

  private async abandon(sql: Sql, scope: JobContext['scope'], operationId: string, reason: string, result: JobResult): Promise<JobResult> {
    await abandonIndex(sql, scope, operationId, reason);
    return result;
  }

  private async drop(sql: Sql, { scope, lease }: JobContext, operationId: string): Promise<JobResult> {
    await holdJob(sql, scope, lease);
    await finishWithJobs(sql, scope, operationId);
    return { superseded: true };
  }
}

function lackingReason(failed: number): string {
  const documents = failed === 1 ? '1 document' : `${failed} documents`;
  return `${documents} could not be indexed with the new settings, so the collection stays as it was. Their errors are in the jobs of this operation.`;
}

function differsReason({ mean_overlap: mean, min_overlap: least, queries, top }: Verification): string {
  return `Of the ${top} best documents of ${queries} queries the new index finds ${percent(mean)} that the old one finds, and ${percent(least)} were asked for, so the collection stays as it was. Each query is in the result of this operation.`;
}

const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;
