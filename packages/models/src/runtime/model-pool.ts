import { CairnError } from '@cairn/common/contracts';
import { type InstalledModel, type OnnxClip, type OnnxModel, spaceOf } from '../catalogue/model.js';
import { DeviceTurns, type DeviceTurnsInfo, type SharedDevice } from '../device/device-turns.js';
import type { EmbeddingRuntime, RuntimeInfo } from './embedding-runtime.js';
import type { RunReport } from './lane.js';
import { MemoryBudget, type MemoryBudgetOptions } from './memory-budget.js';
import { ModelRefusedError } from './model-files.js';
import { type LoadOptions, type ModelRuntime, type PooledModel, pooledModelOf, type Residence } from './pooled-model.js';
import { type RerankerInfo, RerankerRuntime } from './reranker-runtime.js';
import { partsOf, type RunnableModel } from './towers.js';
import type { VisionInfo, VisionRuntime } from './vision-runtime.js';

export interface ModelPoolOptions extends Omit<LoadOptions, 'onRun' | 'sureUntil'>, MemoryBudgetOptions {
  /** Where models take turns with those of other processes; without one, as many are loaded as `memoryBytes` allows. */
  device?: SharedDevice | undefined;
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

interface UseOptions {
  /** Ends the wait for the model; `use` leaves the rest of the work to look at it. */
  signal?: AbortSignal;
}

type Kind = RunnableModel['kind'];

/** Why a part is not what was asked for. */
const LIMITS: Record<Kind, string> = {
  onnx: 'reads texts and no images',
  reranker: 'is a reranker and makes no vectors',
  'text-tower': 'reads texts and no images',
  'vision-tower': 'reads images and no texts',
};

/** The models of a process, and the towers of those that have two: each is loaded when it is needed, as far as memory or the device that it shares allows. */
export class ModelPool {
  private readonly residence: Residence;
  private readonly turns: DeviceTurns | undefined;
  private readonly watchers: ((run: RunReport) => void)[] = [];

  private constructor(
    readonly models: readonly InstalledModel[],
    private readonly members: readonly PooledModel[],
    options: ModelPoolOptions,
  ) {
    const loadOptions = { ...options, onRun: (run: RunReport) => this.tell(run) };
    this.turns = options.device && new DeviceTurns(options.device, options.idleMs, loadOptions);
    this.residence = this.turns ?? new MemoryBudget(members, options, loadOptions);
  }

  /** Tries every model once, so that one that cannot be used is known now; rejects with a ModelRefusedError that names all of them. */
  static async start(models: readonly InstalledModel[], options: ModelPoolOptions): Promise<ModelPool> {
    const members = await Promise.all(models.flatMap(partsOf).map((model) => pooledModelOf(model)));
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
  use<Result>(id: string, work: (runtime: EmbeddingRuntime) => Promise<Result>, options: UseOptions = {}): Promise<Result> {
    return this.withRuntime(id, ['onnx', 'text-tower'], options, (runtime) => work(runtime as EmbeddingRuntime));
  }

  /** The same for one that makes vectors of images. */
  useVision<Result>(id: string, work: (runtime: VisionRuntime) => Promise<Result>, options: UseOptions = {}): Promise<Result> {
    return this.withRuntime(id, ['vision-tower'], options, (runtime) => work(runtime as VisionRuntime));
  }

  /** How well each text answers the query: by late interaction, or by the scores of a reranker. */
  compare(id: string, query: string, texts: readonly string[], options: UseOptions = {}): Promise<number[]> {
    return this.withRuntime(id, ['onnx', 'text-tower', 'reranker'], options, (runtime) =>
      runtime instanceof RerankerRuntime ? runtime.score(query, texts, options) : (runtime as EmbeddingRuntime).compare(query, texts, options),
    );
  }

  /** Rejects when the first model does not answer. One that shares a device and is not on it is not asked: a question must not move it there. */
  async check(): Promise<void> {
    const [first] = this.members;
    if (first === undefined || (this.turns && first.loaded === undefined)) return;
    await this.use(first.model.id, (runtime) => runtime.embedQuery('ready?'));
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

  /** Whose turn it is on the device that the models share; undefined where they share none. */
  turn(): DeviceTurnsInfo | undefined {
    return this.turns?.info();
  }

  async stop(): Promise<void> {
    await this.residence.stop();
  }

  private async withRuntime<Result>(
    id: string,
    kinds: readonly Kind[],
    { signal }: UseOptions,
    work: (runtime: ModelRuntime) => Promise<Result>,
  ): Promise<Result> {
    const stay = await this.residence.enter(this.memberFor(id, kinds), signal);
    try {
      return await work(stay.runtime);
    } finally {
      stay.end();
    }
  }

  /** The part of the model that is of one of these kinds. */
  private memberFor(id: string, kinds: readonly Kind[]): PooledModel {
    const parts = this.members.filter(({ model }) => model.id === id);
    const [first] = parts;
    if (first === undefined) throw new CairnError('model_not_installed', `This worker does not have the model ${id}.`);
    const member = parts.find(({ model }) => kinds.includes(model.kind));
    if (member === undefined) throw new CairnError('invalid_input', `The model ${id} ${LIMITS[first.model.kind]}.`);
    return member;
  }

  private async tryAll(members: readonly PooledModel[]): Promise<string[]> {
    const refusals: string[] = [];
    for (const member of members) {
      try {
        (await this.residence.enter(member)).end();
      } catch (error) {
        if (!(error instanceof ModelRefusedError)) throw error;
        refusals.push(error.message);
      }
    }
    return refusals;
  }

  private tell(run: RunReport): void {
    for (const watcher of this.watchers) watcher(run);
  }
}
