import { type EmbeddedText, faultPoint, floatsOf, type KnownVector, type MadeVector, type PendingVector, patiently, storedPointIdOf } from '@cairn/common';
import type { TextWords, Words } from '@cairn/models/sparse';
import type { QdrantGateway } from '@cairn/retrieval';
import type { Embedder } from '../embedding/embedder.js';
import type { JobContext } from '../jobs/job-handler.js';

/** Texts that are embedded and written at a time: small enough for progress and cancel, large enough for full model batches. */
const SLICE = 64;
/** Progress while slices are written; the rest is for making them visible. */
const PROGRESS_SPAN = 95;

export interface Made extends MadeVector {
  pending: PendingVector;
}

/** Embeds what a job has put down and writes the vectors under ids of this attempt. Nothing of it is visible yet. */
export class VectorMaker {
  constructor(
    private readonly gateway: QdrantGateway,
    private readonly embedder: Embedder,
    private readonly words: TextWords,
    private readonly options: { patienceMs: number; onReused: (texts: number) => void },
  ) {}

  // While Qdrant stores one slice, the model works on the next.
  async makeAll(context: JobContext, pending: PendingVector[]): Promise<Made[]> {
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
        index_id: pending.indexId ?? undefined,
      },
    }));
    const space = (slice[0] as Made).pending.space;
    await patiently({ signal, forMs: this.options.patienceMs }, () => this.gateway.upsert(scope, space, points, signal));
    faultPoint('W6');
  }
}
