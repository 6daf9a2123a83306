import { type EmbeddedText, type ModelDirectory, type PendingVector, PermanentJobError } from '@cairn/common';
import { ChildEndedError, seeImage } from '@cairn/ingest/see';
import type { ClipModel, ModelPool } from '@cairn/models';
import { Batcher } from '../jobs/batcher.js';
import { type Embedder, imageOf } from './embedder.js';
import { lacksModel } from './lacks-model.js';

/** Images that are decoded at once, each in a process that may take a gigabyte. */
const DECODERS = 2;

interface Decoding {
  image: Buffer;
  sight: ClipModel['sight'];
  signal: AbortSignal;
}

/** Vectors of images by models that see. Images are hostile: each is decoded in a process of its own, within limits. */
export class ImageEmbedder implements Embedder {
  readonly dependsOnContentOnly = true;
  private readonly decoding = new Batcher(async (images: Decoding[]) => await Promise.all(images.map(decode)), { lanes: DECODERS, max: 1 });

  constructor(
    private readonly pool: ModelPool,
    private readonly directory: ModelDirectory,
  ) {}

  async embed(pending: PendingVector[], { signal }: { signal: AbortSignal }): Promise<EmbeddedText[]> {
    const space = pending[0]?.space ?? '';
    const model = this.pool.modelOf(space);
    if (model?.kind !== 'clip') throw await lacksModel(space, this.directory);
    const seen = await Promise.all(pending.map((one) => this.decoding.add({ image: imageOf(one), sight: model.sight, signal })));
    const vectors = await this.pool.useVision(model.id, (runtime) => runtime.embedImages(seen, { signal }), { signal });
    return vectors.map((vector) => ({ vector }));
  }
}

async function decode({ image, sight, signal }: Decoding): Promise<Float32Array> {
  try {
    return await seeImage(image, sight, { signal });
  } catch (error) {
    throw isLasting(error) ? new PermanentJobError('image_too_costly', error.message, { cause: error }) : error;
  }
}

/** Whether the same image would end its decoder again. A decoder that broke down, or that a busy machine kept waiting, may do better the next time. */
function isLasting(error: unknown): error is ChildEndedError {
  return error instanceof ChildEndedError && error.reason !== 'time' && error.reason !== 'crash';
}
