import { join } from 'node:path';
import { Subjects } from '@cairn/common';
import { type Stack, startStack } from '@cairn/stack';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { TestSystem } from '../system/test-system.js';
import { Crowd } from './crowd.js';
import { FaultBoard } from './fault-board.js';
import { Random } from './random.js';

/** Two workers and two dispatchers, so that every fault meets a second instance; tries enough that no job is given up because we killed its worker. */
const SYSTEM = { extra: { worker: 1, dispatcher: 1 }, env: { MAX_ATTEMPTS: '90', RETRY_BACKOFF_MAX_MS: '1000' } } as const;

/** A whole system on servers of its own, a crowd that uses it, and the list of what was done to it. */
export class Chaos {
  readonly board = new FaultBoard();
  readonly random: Random;
  /** Apart from `random`, so that how many texts a fault needs does not change which fault comes next. */
  readonly texts: Random;
  crowd: Crowd;
  private crowds = 0;

  private constructor(
    readonly stack: Stack,
    readonly system: TestSystem,
    readonly nats: NatsConnection,
    seed: number,
  ) {
    this.random = new Random(seed);
    this.texts = this.random.fork();
    this.crowd = this.newCrowd();
  }

  static async start(seed: number): Promise<Chaos> {
    const stack = await startStack();
    try {
      const system = await TestSystem.start({ stack: stack.describe(), ...SYSTEM });
      const { url, user, password } = stack.nats;
      const nats = await connect({ servers: [new URL(url).host], user, pass: password, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
      return new Chaos(stack, system, nats, seed);
    } catch (error) {
      await stack.stop();
      throw error;
    }
  }

  get subjects(): Subjects {
    return new Subjects(this.system.namespace);
  }

  /** Other clients of other organisations take over; the system and its data stay. */
  async nextCrowd(): Promise<void> {
    await this.crowd.dismiss();
    this.crowd = this.newCrowd();
    await this.crowd.begin();
  }

  /** Notes a fault that took place, once a write is through again. */
  async note(cell: string, proof: string): Promise<void> {
    this.board.land({ cell, proof, throughAgainMs: await this.crowd.throughAgain() });
  }

  async close(): Promise<void> {
    await this.crowd.dismiss();
    await this.nats.close();
    await this.system.stop();
    await this.stack.stop();
  }

  private newCrowd(): Crowd {
    const ledgerFile = join(this.system.folder, `ledger-${this.crowds++}.jsonl`);
    return new Crowd({ system: this.system, nats: this.nats, subjects: this.subjects, random: this.random.fork(), ledgerFile });
  }
}
