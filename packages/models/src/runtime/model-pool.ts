import { stat } from 'node:fs/promises';
import { CairnError, DependencyError } from '@cairn/common/contracts';
import { type InstalledModel, type OnnxClip, type OnnxModel, spaceOf } from '../catalogue/model.js';
import { EmbeddingRuntime, type RuntimeInfo } from './embedding-runtime.js';
import type { RunReport } from './lane.js';
import type { RuntimeOptions } from './make-lane.js';
import { ModelRefusedError, pathOf } from './model-files.js';
import { type RerankerInfo, RerankerRuntime } from './reranker-runtime.js';
import { partsOf, type RunnableModel } from './towers.js';
import { type VisionInfo, VisionRuntime } from './vision-runtime.js';

/** Two sessions hold the weights and what they compute, and leave behind what was read: a process was measured to grow by 263 MB for 22, and by 500 for 90. */
const MEMORY_PER_FILE_BYTE = 5;
const MEMORY_PER_MODEL = 150_000_000;
const LOOK_EVERY_MS = 1_000;

export interface ModelPoolOptions extends Omit<RuntimeOptions<RunnableModel>, 'model' | 'onRun'> {
  /** All loaded models together take no more, by estimate. */
  memoryBytes: number;
  /** A model that nobody used for so long is unloaded; never when 0. The first model stays. */
  idleMs: number;
}

export interface PooledModelInfo {
  model: string;
  /** Which part of the model this is: of some, each tower is loaded on its own. */
  part: 'whole' | 'text-tower' | 'vision-tower';
  version: string;
  /** Where its vectors lie; a reranker makes none. */
  space: string | undefined;
  loaded: boolean;
  estimatedBytes: number;
  /** How it does; undefined while it is not loaded. */
  runtime: RuntimeInfo | RerankerInfo | VisionInfo | undefined;
}

type ModelRuntime = EmbeddingRuntime | RerankerRuntime | VisionRuntime;

interface Member {
  model: RunnableModel;
  bytes: number;
  /** Calls under way. */
  users: number;
  usedAt: number;
  runtime: Promise<ModelRuntime> | undefined;
  /** The same once it has loaded. */
  loaded: ModelRuntime | undefined;
}

type Kind = RunnableModel['kind'];

/** Why a part is not what was asked for. */
const LIMITS: Record<Kind, string> = {
  onnx: 'reads texts and no images',
  reranker: 'is a reranker and makes no vectors',
  'text-tower': 'reads texts and no images',
  'vision-tower': 'reads images and no texts',
};

/**
 * The models of a process, and the towers of those that have two: loaded when they are needed, unloaded when nobody uses them or another one needs the room.
 * The first model is loaded from the start and stays.
 */
export class ModelPool {
  private readonly timer: NodeJS.Timeout | undefined;
  private waiters: (() => void)[] = [];
  private unloading: Promise<unknown> = Promise.resolve();
  private readonly watchers: ((run: RunReport) => void)[] = [];
  private stopped = false;

  private constructor(
    readonly models: readonly InstalledModel[],
    private readonly members: readonly Member[],
    private readonly options: ModelPoolOptions,
  ) {
    if (options.idleMs > 0) this.timer = setInterval(() => this.unloadIdle(), Math.min(LOOK_EVERY_MS, options.idleMs)).unref();
  }

  /** Tries every model once, so that one that cannot be used is known now; rejects with a ModelRefusedError that names all of them. */
  static async start(models: readonly InstalledModel[], options: ModelPoolOptions): Promise<ModelPool> {
    const members = await Promise.all(models.flatMap(partsOf).map((model) => memberOf(model)));
    const pool = new ModelPool(models, members, options);
    const refusals = await pool.tryAll(members);
    if (refusals.length === 0) return pool;
    await pool.stop();
    throw new ModelRefusedError(refusals.join('\n'));
  }

  /** Those that make vectors. */
  get encoders(): (OnnxModel | OnnxClip)[] {
    return this.models.filter((model) => model.kind !== 'reranker');
  }

  /** The model whose vectors lie in this space. */
  modelOf(space: string): OnnxModel | OnnxClip | undefined {
    return this.encoders.find((model) => spaceOf(model) === space);
  }

  /** Gives the work the loaded model, one that makes vectors of texts, and keeps it loaded until the work is done. */
  use<Result>(id: string, work: (runtime: EmbeddingRuntime) => Promise<Result>): Promise<Result> {
    return this.withRuntime(id, ['onnx', 'text-tower'], (runtime) => work(runtime as EmbeddingRuntime));
  }

  /** The same for one that makes vectors of images. */
  useVision<Result>(id: string, work: (runtime: VisionRuntime) => Promise<Result>): Promise<Result> {
    return this.withRuntime(id, ['vision-tower'], (runtime) => work(runtime as VisionRuntime));
  }

  /** How well each text answers the query: by late interaction, or by the scores of a reranker. */
  compare(id: string, query: string, texts: readonly string[]): Promise<number[]> {
    return this.withRuntime(id, ['onnx', 'text-tower', 'reranker'], (runtime) =>
      runtime instanceof RerankerRuntime ? runtime.score(query, texts) : (runtime as EmbeddingRuntime).compare(query, texts),
    );
  }

  private async withRuntime<Result>(id: string, kinds: readonly Kind[], work: (runtime: ModelRuntime) => Promise<Result>): Promise<Result> {
    const member = this.memberFor(id, kinds);
    member.users++;
    try {
      return await work(await this.load(member));
    } finally {
      member.users--;
      member.usedAt = Date.now();
      this.wake();
    }
  }

  /** The part of the model that is of one of these kinds. */
  private memberFor(id: string, kinds: readonly Kind[]): Member {
    const parts = this.members.filter(({ model }) => model.id === id);
    const [first] = parts;
    if (first === undefined) throw new CairnError('model_not_installed', `This worker does not have the model ${id}.`);
    const member = parts.find(({ model }) => kinds.includes(model.kind));
    if (member === undefined) throw new CairnError('invalid_input', `The model ${id} ${LIMITS[first.model.kind]}.`);
    return member;
  }

  /** Tells of every run from now on. */
  watch(watcher: (run: RunReport) => void): void {
    this.watchers.push(watcher);
  }

  info(): PooledModelInfo[] {
    return this.members.map(({ model, bytes, loaded }) => ({
      model: model.id,
      part: model.kind === 'text-tower' || model.kind === 'vision-tower' ? model.kind : 'whole',
      version: model.version,
      space: model.kind === 'reranker' ? undefined : spaceOf(model),
      loaded: loaded !== undefined,
      estimatedBytes: bytes,
      runtime: loaded?.info(),
    }));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.wake();
    await Promise.all(this.members.map((member) => this.unload(member)));
  }

  private async tryAll(members: readonly Member[]): Promise<string[]> {
    const refusals: string[] = [];
    for (const member of members) {
      try {
        await this.load(member);
      } catch (error) {
        if (!(error instanceof ModelRefusedError)) throw error;
        refusals.push(error.message);
      }
    }
    return refusals;
  }

  private async load(member: Member): Promise<ModelRuntime> {
    while (member.runtime === undefined) {
      if (this.stopped) throw new DependencyError('model', 'The embedding runtime is stopping');
      if (this.makeRoom(member)) member.runtime = this.begin(member);
      else await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
    return await member.runtime;
  }

  private async begin(member: Member): Promise<ModelRuntime> {
    try {
      await this.unloading;
      member.loaded = await this.startRuntime(member.model);
      member.usedAt = Date.now();
      return member.loaded;
    } catch (error) {
      member.runtime = undefined;
      this.wake();
      throw error;
    }
  }

  private startRuntime(model: RunnableModel): Promise<ModelRuntime> {
    const options = { ...this.options, onRun: (run: RunReport) => this.tell(run) };
    if (model.kind === 'vision-tower') return VisionRuntime.start({ ...options, model });
    return model.kind === 'reranker' ? RerankerRuntime.start({ ...options, model }) : EmbeddingRuntime.start({ ...options, model });
  }

  /** Unloads what nobody uses, longest unused first, until the model fits; false when the others are in use. */
  private makeRoom(member: Member): boolean {
    const { memoryBytes } = this.options;
    const [first] = this.members;
    if (member.bytes + (member === first ? 0 : (first?.bytes ?? 0)) > memoryBytes) {
      const [needed, allowed] = [member.bytes, memoryBytes].map((bytes) => Math.ceil(bytes / 2 ** 20));
      throw new ModelRefusedError(`Model ${member.model.id} needs about ${needed} MB besides the first model, and MODEL_MEMORY_MB allows ${allowed}.`);
    }
    const others = this.members.filter((other) => other !== member && other.runtime !== undefined);
    let taken = others.reduce((sum, { bytes }) => sum + bytes, 0);
    const idle = others.filter((other) => other !== first && other.users === 0).sort((a, b) => a.usedAt - b.usedAt);
    while (taken + member.bytes > memoryBytes) {
      const victim = idle.shift();
      if (victim === undefined) return false;
      taken -= victim.bytes;
      this.unloading = Promise.all([this.unloading, this.unload(victim)]);
    }
    return true;
  }

  private unloadIdle(): void {
    const [first, ...others] = this.members;
    const before = Date.now() - this.options.idleMs;
    for (const member of others) {
      if (member !== first && member.users === 0 && member.loaded !== undefined && member.usedAt <= before) void this.unload(member).then(() => this.wake());
    }
  }

  private async unload(member: Member): Promise<void> {
    const { runtime } = member;
    member.runtime = undefined;
    member.loaded = undefined;
    await runtime?.then(
      (loaded) => loaded.stop(),
      () => undefined,
    );
  }

  private tell(run: RunReport): void {
    for (const watcher of this.watchers) watcher(run);
  }

  /** Somebody may have room now. */
  private wake(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }
}

async function memberOf(model: RunnableModel): Promise<Member> {
  const { size } = await stat(pathOf(model, model.files.model)).catch(() => ({ size: 0 }));
  const all = (model.files.data ?? []).reduce((sum, file) => sum + file.size, size);
  return { model, bytes: MEMORY_PER_MODEL + all * MEMORY_PER_FILE_BYTE, users: 0, usedAt: Date.now(), runtime: undefined, loaded: undefined };
}
