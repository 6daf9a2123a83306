import { activateVectors, type Database, faultPoint, type JobId, lossesOf, PermanentJobError, readPendingVectors, type Sql } from '@cairn/common';
import type { Made, VectorMaker } from '../embedding/vector-maker.js';
import type { JobContext, JobHandler, JobOutcome, JobResult } from '../jobs/job-handler.js';
import { HandBack } from '../jobs/lease-keeper.js';

export type ResultOf = (context: JobContext, made: Made[], live: ReadonlySet<string>) => JobResult;

/** Embeds the job's texts or its image, writes the vectors under ids of this attempt, and makes all of them visible at once when the job ends. */
export class EmbedHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly maker: VectorMaker,
    private readonly resultOf: ResultOf,
  ) {}

  async handle(context: JobContext): Promise<JobOutcome> {
    const { scope, lease } = context;
    const pending = await this.database.tenant(scope, (sql) => readPendingVectors(sql, scope, lease.jobId as JobId));
    if (pending.length === 0) throw new PermanentJobError('input_gone', 'What this job was to embed is no longer kept. Send it again.');
    faultPoint('W3');
    const made = await this.maker.makeAll(context, pending);
    return { kind: 'commit', commit: (sql) => this.commit(sql, context, made) };
  }

  private async commit(sql: Sql, context: JobContext, made: Made[]): Promise<JobResult> {
    return this.resultOf(context, made, await makeVisible(sql, context, made));
  }
}

// What was written to a space that is lost since then is gone with it. Asked after the change, not before: the reconciler waits for those that are making
// something live before it reads what it has to write back, so that a loss that this one does not see yet is mended with these vectors among the others.
/** The points that became visible. Hands the job back when Qdrant lost what was written for it. */
export async function makeVisible(sql: Sql, { scope, lease }: JobContext, made: Made[]): Promise<ReadonlySet<string>> {
  const { space, losses } = (made[0] as Made).pending;
  const live = await activateVectors(sql, scope, lease, space, made);
  if ((await lossesOf(sql, space)) !== losses) throw new HandBack('Qdrant lost its vectors; those of this job are made again');
  return live;
}

const base = ({ lease }: JobContext, { pending, vector }: Made): JobResult => ({
  collection: 'embeddings',
  vector_size: vector.length,
  org_id: lease.orgId,
  asset_id: pending.assetId,
  model: pending.model,
  model_ver: pending.modelVer,
  completed_at: new Date().toISOString(),
});

const lengths = ({ tokens, readTokens }: Made): JobResult => (tokens === undefined ? {} : { tokens, truncated_tokens: readTokens });

/** Result of a job with one text or image. */
export const singleResult: ResultOf = (context, [made], live) => {
  const one = made as Made;
  return {
    point_id: one.pointId,
    ...base(context, one),
    segment_id: one.pending.segmentId,
    ...lengths(one),
    ...(live.has(one.pointId) ? {} : { superseded: true }),
  };
};

/** Result of a batch: every segment by name, also those that were refused when it was accepted. */
export const batchResult: ResultOf = (context, made, live) => {
  const refused = (context.lease.payload.refused as string[] | undefined) ?? [];
  return {
    ...base(context, made[0] as Made),
    segment_count: made.length + refused.length,
    segments: [
      ...made.map((one) => ({
        segment_id: one.pending.segmentId,
        ok: true,
        point_id: one.pointId,
        ...lengths(one),
        ...(live.has(one.pointId) ? {} : { superseded: true }),
      })),
      ...refused.map((segment_id) => ({ segment_id, ok: false, error: 'Another asset and segment have this point id. Choose ids without colons.' })),
    ],
  };
};
