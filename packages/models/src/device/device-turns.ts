import { setTimeout as sleep } from 'node:timers/promises';
import { DependencyError, type DeviceLock, type LeasedDevice } from '@cairn/common/contracts';
import { DeviceNotHeldError } from '../runtime/held-device.js';
import { type LoadOptions, type ModelRuntime, type PooledModel, type Residence, type Stay, startRuntime } from '../runtime/pooled-model.js';
import { eventOf, type LeaseEvent } from './lease-event.js';

const LOOK_EVERY_MS = 50;
/** Between two slices of a job nobody uses the model for a moment: that is not yet the end of a turn. */
const IDLE_MS = 200;

/** A device that the models of a pool share with other processes. */
export interface SharedDevice {
  lock: DeviceLock<LeasedDevice>;
  /** How long a model that is in use keeps the device while others wait for it. */
  turnMs: number;
  onLease?: (event: LeaseEvent) => void;
  /** Is told who has the device while we wait for it. */
  onWait?: (holder: string) => void;
}

/** For which model this process holds the device, if it does, and how many calls wait for it. */
export interface DeviceTurnsInfo {
  model?: string;
  fence?: string;
  waiting: number;
}

interface Waiter {
  member: PooledModel;
  admit(stay: Stay): void;
  refuse(error: unknown): void;
}

interface Turn {
  member: PooledModel;
  held: LeasedDevice;
  runtime: ModelRuntime;
  began: number;
  users: number;
  idleSince: number;
  /** Whoever comes now waits for the next turn. */
  closed: boolean;
}

/**
 * One model at a time, and each only while the device is held for it: acquire, load, compute, unload, release. A model keeps the device until another one
 * wants it here or elsewhere, or nobody has used it for `idleMs`.
 */
export class DeviceTurns implements Residence {
  private readonly stopping = new AbortController();
  private waiting: Waiter[] = [];
  private turn: Turn | undefined;
  private holding: { model: string; fence: string } | undefined;
  private taking: Promise<void> | undefined;

  constructor(
    private readonly device: SharedDevice,
    /** Never, when 0. */
    private readonly idleMs: number,
    private readonly loadOptions: LoadOptions,
  ) {}

  async enter(member: PooledModel, signal?: AbortSignal): Promise<Stay> {
    signal?.throwIfAborted();
    if (this.stopping.signal.aborted) throw new DependencyError('model', 'The embedding runtime is stopping');
    if (this.turn?.member === member && !this.turn.closed) return stayIn(this.turn);
    return await this.wait(member, signal);
  }

  info(): DeviceTurnsInfo {
    return { ...this.holding, waiting: this.waiting.length };
  }

  async stop(): Promise<void> {
    this.stopping.abort(new DependencyError('model', 'The embedding runtime is stopping'));
    await this.taking;
  }

  private wait(member: PooledModel, signal: AbortSignal | undefined): Promise<Stay> {
    return new Promise<Stay>((resolve, reject) => {
      const leave = () => {
        this.waiting = this.waiting.filter((other) => other !== waiter);
        reject(signal?.reason);
      };
      const settled = () => signal?.removeEventListener('abort', leave);
      const waiter: Waiter = {
        member,
        admit: (stay) => {
          settled();
          resolve(stay);
        },
        refuse: (error) => {
          settled();
          reject(error);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiter);
      this.taking ??= this.takeTurns();
    });
  }

  private async takeTurns(): Promise<void> {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      const { member } = next;
      try {
        await this.hold(member);
      } catch (error) {
        for (const { refuse } of this.takeWaiters(member)) refuse(error);
      }
    }
    this.taking = undefined;
  }

  private async hold(member: PooledModel): Promise<void> {
    const { lock, onWait } = this.device;
    const asked = performance.now();
    const held = await lock.acquire({ model: member.model.id, waitMs: Number.POSITIVE_INFINITY, signal: this.stopping.signal, ...(onWait && { onWait }) });
    this.holding = { model: member.model.id, fence: held.fence };
    this.tell({ ...eventOf('acquire', member.model, held), waited_ms: Math.round(performance.now() - asked) });
    try {
      await this.use(member, held);
    } finally {
      // Before it is released: the times of two holders must not overlap.
      this.tell(eventOf(held.lost.aborted ? 'lost' : 'release', member.model, held));
      await held.release();
      this.holding = undefined;
    }
  }

  private async use(member: PooledModel, held: LeasedDevice): Promise<void> {
    const runtime = await startRuntime(member.model, { ...this.loadOptions, sureUntil: held.sureUntil }).catch((error) => {
      if (!(error instanceof DeviceNotHeldError)) throw error;
      throw new DependencyError('model', `The device ${held.device} was lost while the model ${member.model.id} was loaded.`, error);
    });
    const now = performance.now();
    const turn: Turn = { member, held, runtime, began: now, users: 0, idleSince: now, closed: false };
    this.turn = turn;
    member.loaded = runtime;
    try {
      for (const { admit } of this.takeWaiters(member)) admit(stayIn(turn));
      while (!this.isOver(turn)) await sleep(LOOK_EVERY_MS);
    } finally {
      this.turn = undefined;
      member.loaded = undefined;
      await runtime.stop();
    }
  }

  private isOver(turn: Turn): boolean {
    if (this.stopping.signal.aborted || turn.held.lost.aborted) return true;
    const wanted = turn.held.wanted || this.waiting.length > 0;
    const now = performance.now();
    if (wanted && now - turn.began >= this.device.turnMs) turn.closed = true;
    if (turn.users > 0) return false;
    const idle = now - turn.idleSince;
    return turn.closed || (wanted ? idle >= IDLE_MS : this.idleMs > 0 && idle >= this.idleMs);
  }

  private takeWaiters(member: PooledModel): Waiter[] {
    const taken = this.waiting.filter((waiter) => waiter.member === member);
    this.waiting = this.waiting.filter((waiter) => waiter.member !== member);
    return taken;
  }

  private tell(event: LeaseEvent): void {
    this.device.onLease?.(event);
  }
}

function stayIn(turn: Turn): Stay {
  turn.users++;
  const end = () => {
    turn.users--;
    turn.idleSince = performance.now();
  };
  return { runtime: turn.runtime, end };
}
