import { pause } from '@cairn/common';
import type { ApiClient } from '../system/api-client.js';
import { type Entry, isOk, jobOf, type Ledger, type Write } from './ledger.js';
import type { Random } from './random.js';
import { Sender } from './sender.js';
import { newText } from './words.js';

const ASSETS = 6;
const SEGMENTS = 2;
const TWINS = 3;
const KEYED_SHARE = 0.8;
/** Between two writes of one organisation: load enough that a fault never finds the system idle, and little enough for two cores. */
const PACE_MS = 120;

type Act = () => Promise<unknown>;

/** One organisation's client: writes of every kind, one after the other, as long as it is not told to stop. */
export class Writer {
  private readonly sender: Sender;
  private readonly acts: Act[];
  private newest: Extract<Write, { op: 'embed' }> | undefined;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly client: ApiClient,
    ledger: Ledger,
    private readonly random: Random,
  ) {
    this.sender = new Sender(client, ledger);
    const weights: [number, Act][] = [
      [30, () => this.embed()],
      [22, () => this.send({ op: 'mock', ...this.place() })],
      [8, () => this.batch()],
      [12, () => this.send({ op: 'job' })],
      [8, () => this.sender.send({ op: 'delete', asset: this.asset() }, true)],
      [8, () => this.cancel()],
      [4, () => this.twins()],
      [4, () => this.repeat()],
    ];
    this.acts = weights.flatMap(([weight, act]) => Array.from({ length: weight }, () => act));
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      await this.random.pick(this.acts)();
      await pause(PACE_MS * (0.5 + this.random.next()));
    }
  }

  private asset(): string {
    return `${this.client.person.org.slice(0, 8)}-a${this.random.below(ASSETS)}`;
  }

  private place(): { asset: string; segment: string } {
    return { asset: this.asset(), segment: `s${this.random.below(SEGMENTS)}` };
  }

  private send(write: Write): Promise<Entry> {
    return this.sender.send(write, this.random.chance(KEYED_SHARE));
  }

  private embed(): Promise<Entry> {
    this.newest = { op: 'embed', ...this.place(), text: newText(this.random) };
    return this.send(this.newest);
  }

  private batch(): Promise<Entry> {
    const segments = Array.from({ length: SEGMENTS }, (_, index) => ({ segment: `s${index}`, text: newText(this.random) }));
    return this.send({ op: 'batch', asset: this.asset(), segments });
  }

  /** The same request several times at once. */
  private async twins(): Promise<void> {
    const write: Write = { op: 'embed', ...this.place(), text: newText(this.random) };
    await Promise.all(Array.from({ length: TWINS }, () => this.sender.send(write, true)));
  }

  private async repeat(): Promise<void> {
    if (this.newest) await this.send(this.newest);
  }

  /** Cancels a text that was just accepted, and half of the time thinks better of it. */
  private async cancel(): Promise<void> {
    const entry = await this.sender.send({ op: 'embed', ...this.place(), text: newText(this.random) }, true);
    const job = jobOf(entry);
    if (job === undefined) return;
    const cancelled = await this.sender.send({ op: 'cancel', of: entry.id, job }, true);
    if (isOk(cancelled) && this.random.chance(0.5)) await this.sender.send({ op: 'retry', of: entry.id, job }, true);
  }
}
