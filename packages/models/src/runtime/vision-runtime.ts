import { availableParallelism } from 'node:os';
import { spaceOf } from '../catalogue/model.js';
import type { Lane, LaneInfo } from './lane.js';
import { LiveCalls } from './live-calls.js';
import { makeLane, type RuntimeOptions } from './make-lane.js';
import type { Picture } from './row.js';
import { numbersSeen, type VisionTower } from './towers.js';

/** An image is 50 to 250 tokens to a model: some hundreds of them make a run that is no faster when it is larger. */
const IMAGES_PER_RUN = 8;

export interface VisionInfo {
  model: string;
  version: string;
  space: string;
  /** True while images can be embedded. */
  ready: boolean;
  images: LaneInfo;
}

/**
 * The tower of a model that reads images, ready to turn what it sees into vectors. Nobody waits for an image, so there is one lane, of one
 * session over all processors; images of many calls share its runs.
 */
export class VisionRuntime {
  readonly model: VisionTower;
  private readonly images: Lane;
  private readonly calls = new LiveCalls();

  private constructor(options: RuntimeOptions<VisionTower>) {
    const { model, threads = availableParallelism() } = options;
    this.model = model;
    this.images = makeLane(options, { name: 'images', sessions: 1, runsPerSession: 1, threads, texts: IMAGES_PER_RUN });
  }

  /** Rejects with a ModelRefusedError when a file is not the one of its hash, or the model does not give what it says. */
  static async start(options: RuntimeOptions<VisionTower>): Promise<VisionRuntime> {
    const runtime = new VisionRuntime(options);
    try {
      await runtime.images.start();
    } catch (error) {
      await runtime.stop();
      throw error;
    }
    return runtime;
  }

  /** One vector for each image, in order; an image is what the model's `sight` says. Rejects like the calls of an EmbeddingRuntime. */
  async embedImages(images: readonly Float32Array[], { signal }: { signal?: AbortSignal } = {}): Promise<Float32Array[]> {
    const embeddings = await this.calls.make(this.images, this.picturesOf(images), signal);
    return embeddings.map(({ vector }) => vector);
  }

  /** The same in one run, in this order: to try whether company changes an image. */
  async embedTogether(images: readonly Float32Array[]): Promise<Float32Array[]> {
    const embeddings = await this.calls.makeTogether(this.images, this.picturesOf(images));
    return embeddings.map(({ vector }) => vector);
  }

  /** How things stand, for probes and metrics. */
  info(): VisionInfo {
    const images = this.images.info();
    return { model: this.model.id, version: this.model.version, space: spaceOf(this.model), ready: images.ready, images };
  }

  /** Rejects what is still asked for and ends the threads. */
  async stop(): Promise<void> {
    this.calls.stop();
    await this.images.stop();
  }

  private picturesOf(images: readonly Float32Array[]): Picture[] {
    const numbers = numbersSeen(this.model.sight);
    return images.map((pixels) => {
      if (pixels.length !== numbers) throw new Error(`The model ${this.model.id} sees ${numbers} numbers of an image, and was given ${pixels.length}`);
      return { pixels, tokens: 0, readTokens: 0 };
    });
  }
}
