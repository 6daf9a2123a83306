import { CairnError } from '@cairn/common/contracts';
import { type InstalledModel, type OnnxModel, spaceOf } from '../catalogue/model.js';
import { DeviceTurns, type DeviceTurnsInfo, type SharedDevice } from '../device/device-turns.js';
import { EmbeddingRuntime, type RuntimeInfo } from './embedding-runtime.js';
import type { RunReport } from './lane.js';
import { MemoryBudget, type MemoryBudgetOptions } from './memory-budget.js';
import { ModelRefusedError } from './model-files.js';
import { type LoadOptions, type ModelRuntime, type PooledModel, pooledModelOf, type Residence } from './pooled-model.js';
import { type RerankerInfo, RerankerRuntime } from './reranker-runtime.js';

export interface ModelPoolOptions extends Omit<LoadOptions, 'onRun' | 'sureUntil'>, MemoryBudgetOptions {
  /** Where models take turns with those of other processes; without one, as many are loaded as `memoryBytes` allows. */
  device?: SharedDevice | undefined;
}

export interface PooledModelInfo {
  model: string;
  version: string;
  /** Where its vectors lie; a reranker makes none. */
  space: string | undefined;
  loaded: boolean;
  estimatedBytes: number;
  /** How it does; undefined while it is not loaded. */
  runtime: RuntimeInfo | RerankerInfo | undefined;
}

interface UseOptions {
  /** Ends the wait for the model; `use` leaves the rest of the work to look at it. */
  signal?: AbortSignal;
}

/** The models of a process: each is loaded when it is needed, as far as memory or the device that it shares allows. */
export class ModelPool {
  private readonly members: Map<string, PooledModel>;
  private readonly residence: Residence;
  private readonly turns: DeviceTurns | undefined;
  private readonly watchers: ((run: RunReport) => void)[] = [];

  private constructor(members: PooledModel[], options: ModelPoolOptions) {
    this.members = new Map(members.map((member) => [member.model.id, member]));
    const loadOptions = { ...options, onRun: (run: RunReport) => this.tell(run) };
    this.turns = options.device && new DeviceTurns(options.device, options.idleMs, loadOptions);
    this.residence = this.turns ?? new MemoryBudget(members, options, loadOptions);
  }

  /** Tries every model once, so that one that cannot be used is known now; rejects with a ModelRefusedError that names all of them. */
  static async start(models: readonly InstalledModel[], options: ModelPoolOptions): Promise<ModelPool> {
    const members = await Promise.all(models.map((model) => pooledModelOf(model)));
    const pool = new ModelPool(members, options);
    const refusals = await pool.tryAll(members);
    if (refusals.length === 0) return pool;
    await pool.stop();
    throw new ModelRefusedError(refusals.join('\n'));
  }

  get models(): InstalledModel[] {
    return [...this.members.values()].map(({ model }) => model);
  }

  /** Those that make vectors. */
  get encoders(): OnnxModel[] {
    return this.models.filter((model) => model.kind === 'onnx');
  }

  /** The model whose vectors lie in this space. */
  modelOf(space: string): OnnxModel | undefined {
    return this.encoders.find((model) => spaceOf(model) === space);
  }

  /** Gives the work the loaded model, one that makes vectors, and keeps it loaded until the work is done. */
  use<Result>(id: string, work: (runtime: EmbeddingRuntime) => Promise<Result>, options: UseOptions = {}): Promise<Result> {
    return this.withRuntime(id, options, async (runtime) => {
      if (runtime instanceof EmbeddingRuntime) return await work(runtime);
      throw new CairnError('invalid_input', `The model ${id} is a reranker and makes no vectors.`);
    });
  }

  /** How well each text answers the query: by late interaction, or by the scores of a reranker. */
  compare(id: string, query: string, texts: readonly string[], options: UseOptions = {}): Promise<number[]> {
    return this.withRuntime(id, options, (runtime) =>
      runtime instanceof RerankerRuntime ? runtime.score(query, texts, options) : runtime.compare(query, texts, options),
    );
  }

  /** Rejects when the first model does not answer. One that shares a device and is not on it is not asked: a question must not move it there. */
  async check(): Promise<void> {
    const [first] = this.members.values();
    if (first === undefined || (this.turns && first.loaded === undefined)) return;
    await this.use(first.model.id, (runtime) => runtime.embedQuery('ready?'));
  }

  /** Tells of every run from now on. */
  watch(watcher: (run: RunReport) => void): void {
    this.watchers.push(watcher);
  }

  info(): PooledModelInfo[] {
    return [...this.members.values()].map(({ model, bytes, loaded }) => ({
      model: model.id,
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

  private async withRuntime<Result>(id: string, { signal }: UseOptions, work: (runtime: ModelRuntime) => Promise<Result>): Promise<Result> {
    const member = this.members.get(id);
    if (member === undefined) throw new CairnError('model_not_installed', `This worker does not have the model ${id}.`);
    const stay = await this.residence.enter(member, signal);
    try {
      return await work(stay.runtime);
    } finally {
      stay.end();
    }
  }

  private async tryAll(members: PooledModel[]): Promise<string[]> {
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
