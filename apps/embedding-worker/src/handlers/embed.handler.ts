import {
  activateVectors,
  type Database,
  type EmbeddedText,
  faultPoint,
  floatsOf,
  type JobId,
  type KnownVector,
  lossesOf,
  type MadeVector,
  type PendingVector,
  PermanentJobError,
  patiently,
  readPendingVectors,
  type Sql,
  storedPointIdOf,
} from '@cairn/common';
import type { TextWords, Words } from '@cairn/models/sparse';
import type { QdrantGateway } from '@cairn/retrieval';
import type { Embedder } from '../embedding/embedder.js';
import type { JobContext, JobHandler, JobOutcome, JobResult } from '../jobs/job-handler.js';
import { HandBack } from '../jobs/lease-keeper.js';

/** Texts that are embedded and written at a time: small enough for progress and cancel, large enough for full model batches. */
const SLICE = 64;
/** Progress while slices are written; the rest is for making them visible. */
const PROGRESS_SPAN = 95;

interface Made extends MadeVector {
  pending: PendingVector;
}

export type ResultOf = (context: JobContext, made: Made[], live: ReadonlySet<string>) => JobResult;

/** Embeds the job's texts or its image, writes the vectors under ids of this attempt, and makes all of them visible at once when the job ends. */
export class EmbedHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly gateway: QdrantGateway,
    private readonly embedder: Embedder,
    private readonly words: TextWords,
    private readonly resultOf: ResultOf,
    private readonly options: { patienceMs: number; onReused: (texts: number) => void },
  ) {}

  async handle(context: JobContext): Promise<JobOutcome> {
    const { scope, lease } = context;
    const pending = await this.database.tenant(scope, (sql) => readPendingVectors(sql, scope, lease.jobId as JobId));
    if (pending.length === 0) throw new PermanentJobError('input_gone', 'What this job was to embed is no longer kept. Send it again.');
    faultPoint('W3');
    const made = await this.makeAll(context, pending);
    return { kind: 'commit', commit: (sql) => this.commit(sql, context, made) };
  }

  // While Qdrant stores one slice, the model works on the next.
  private async makeAll(context: JobContext, pending: PendingVector[]): Promise<Made[]> {
    const made: Made[] = [];
    let writing: Promise<void> = Promise.resolve();
    for (let start = 0; start < pending.length; start += SLICE) {
      const slice = await this.embed(context, pending.slice(start, start + SLICE));
      faultPoint(start === 0 ? 'W4' : 'W5');
      await writing;
      if (start > 0) await context.report('embedding', Math.floor((PROGRESS_SPAN * start) / pending.length));
      writing = this.write(context, slice);
      writing.catch(() => undefined);
      made.push(...slice);
    }
    await writing;
    return made;
  }

  private async embed({ lease, signal }: JobContext, slice: PendingVector[]): Promise<Made[]> {
    const unknown = slice.filter(({ known }) => known === null);
    const [embedded, words] = await Promise.all([
      unknown.length === 0 ? [] : this.embedder.embed(unknown, { orgId: lease.orgId, signal }),
      this.wordsOf(slice),
    ]);
    const made = new Map(unknown.map((pending, index) => [pending, embedded[index] as EmbeddedText]));
    if (unknown.length < slice.length) this.options.onReused(slice.length - unknown.length);
    return slice.map((pending, index) => {
      const { pointId, gen, known, contentHash } = pending;
      const one = made.get(pending) ?? { ...(known as KnownVector), vector: floatsOf((known as KnownVector).vector) };
      return { ...one, ...words[index], pending, pointId, gen, ...(this.embedder.dependsOnContentOnly ? { contentHash } : {}) };
    });
  }

  // A job holds texts or an image, and an image has no words.
  private async wordsOf(slice: PendingVector[]): Promise<Words[]> {
    const texts = slice.flatMap(({ content }) => (content.kind === 'text' ? [content.text] : []));
    return texts.length === 0 ? [] : await this.words.of(texts);
  }

  private async write({ lease, scope, signal }: JobContext, slice: Made[]): Promise<void> {
    const points = slice.map(({ pending, vector, terms }) => ({
      id: storedPointIdOf(pending.pointId, lease.token),
      vector,
      terms,
      payload: {
        point_id: pending.pointId,
        asset_id: pending.assetId,
        segment_id: pending.segmentId,
        model: pending.model,
        model_ver: pending.modelVer,
        token: lease.token,
      },
    }));
    const space = (slice[0] as Made).pending.space;
    await patiently({ signal, forMs: this.options.patienceMs }, () => this.gateway.upsert(scope, space, points, signal));
    faultPoint('W6');
  }

  // What was written to a space that is lost since then is gone with it. Asked after the change, not before: the reconciler waits for those that are making
  // something live before it reads what it has to write back, so that a loss that this one does not see yet is mended with these vectors among the others.
  private async commit(sql: Sql, context: JobContext, made: Made[]): Promise<JobResult> {
    const { space, losses } = (made[0] as Made).pending;
    const live = await activateVectors(sql, context.scope, context.lease, space, made);
    if ((await lossesOf(sql, space)) !== losses) throw new HandBack('Qdrant lost its vectors; those of this job are made again');
    return this.resultOf(context, made, live);
  }
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
