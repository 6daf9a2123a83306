import { DependencyError } from '@cairn/common/contracts';
import { ModelRefusedError } from './model-files.js';
import { type LoadOptions, type ModelRuntime, type PooledModel, type Residence, type Stay, startRuntime } from './pooled-model.js';

const LOOK_EVERY_MS = 1_000;

export interface MemoryBudgetOptions {
  /** All loaded models together take no more, by estimate. */
  memoryBytes: number;
  /** A model that nobody used for so long is unloaded; never when 0. The first model stays. */
  idleMs: number;
}

/** How much a model is used. */
interface Use {
  /** Calls under way. */
  users: number;
  usedAt: number;
  runtime: Promise<ModelRuntime> | undefined;
}

/**
 * Models are loaded when they are needed, and unloaded when nobody uses them or another one needs the room. The first one is loaded from the start and stays.
 */
export class MemoryBudget implements Residence {
  private readonly uses: Map<PooledModel, Use>;
  private readonly timer: NodeJS.Timeout | undefined;
  private waiters: (() => void)[] = [];
  private unloading: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly members: readonly PooledModel[],
    private readonly options: MemoryBudgetOptions,
    private readonly loadOptions: LoadOptions,
  ) {
    this.uses = new Map(members.map((member) => [member, { users: 0, usedAt: Date.now(), runtime: undefined }]));
    if (options.idleMs > 0) this.timer = setInterval(() => this.unloadIdle(), Math.min(LOOK_EVERY_MS, options.idleMs)).unref();
  }

  async enter(member: PooledModel): Promise<Stay> {
    const use = this.useOf(member);
    const end = () => {
      use.users--;
      use.usedAt = Date.now();
      this.wake();
    };
    use.users++;
    try {
      return { runtime: await this.load(member, use), end };
    } catch (error) {
      end();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.wake();
    await Promise.all(this.members.map((member) => this.unload(member)));
  }

  private useOf(member: PooledModel): Use {
    return this.uses.get(member) as Use;
  }

  private async load(member: PooledModel, use: Use): Promise<ModelRuntime> {
    while (use.runtime === undefined) {
      if (this.stopped) throw new DependencyError('model', 'The embedding runtime is stopping');
      if (this.makeRoom(member)) use.runtime = this.begin(member, use);
      else await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
    return await use.runtime;
  }

  private async begin(member: PooledModel, use: Use): Promise<ModelRuntime> {
    try {
      await this.unloading;
      const runtime = await startRuntime(member.model, this.loadOptions);
      member.loaded = runtime;
      use.usedAt = Date.now();
      return runtime;
    } catch (error) {
      use.runtime = undefined;
      this.wake();
      throw error;
    }
  }

  /** Unloads what nobody uses, longest unused first, until the model fits; false when the others are in use. */
  private makeRoom(member: PooledModel): boolean {
    const { memoryBytes } = this.options;
    const [first] = this.members;
    if (member.bytes + (member === first ? 0 : (first?.bytes ?? 0)) > memoryBytes) {
      const [needed, allowed] = [member.bytes, memoryBytes].map((bytes) => Math.ceil(bytes / 2 ** 20));
      throw new ModelRefusedError(`Model ${member.model.id} needs about ${needed} MB besides the first model, and MODEL_MEMORY_MB allows ${allowed}.`);
    }
    const others = this.members.filter((other) => other !== member && this.useOf(other).runtime !== undefined);
    let taken = others.reduce((sum, { bytes }) => sum + bytes, 0);
    const idle = others.filter((other) => other !== first && this.useOf(other).users === 0).sort((a, b) => this.useOf(a).usedAt - this.useOf(b).usedAt);
    while (taken + member.bytes > memoryBytes) {
      const victim = idle.shift();
      if (victim === undefined) return false;
      taken -= victim.bytes;
      this.unloading = Promise.all([this.unloading, this.unload(victim)]);
    }
    return true;
  }

  private unloadIdle(): void {
    const [, ...others] = this.members;
    const before = Date.now() - this.options.idleMs;
    for (const member of others) {
      const { users, usedAt } = this.useOf(member);
      if (users === 0 && member.loaded !== undefined && usedAt <= before) void this.unload(member).then(() => this.wake());
    }
  }

  private async unload(member: PooledModel): Promise<void> {
    const use = this.useOf(member);
    const { runtime } = use;
    use.runtime = undefined;
    member.loaded = undefined;
    await runtime?.then(
      (loaded) => loaded.stop(),
      () => undefined,
    );
  }

  /** Somebody may have room now. */
  private wake(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }
}
