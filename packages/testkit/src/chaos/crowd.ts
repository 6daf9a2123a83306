import type { Subjects } from '@cairn/common';
import type { NatsConnection } from '@nats-io/transport-node';
import { type ApiClient } from '../system/api-client.js';
import type { TestSystem } from '../system/test-system.js';
import { Atlas } from './atlas.js';
import { Checker, type Verdict } from './checker.js';
import { FeedReader } from './feed-reader.js';
import { jobOf, Ledger } from './ledger.js';
import { Librarian } from './librarian.js';
import type { Random } from './random.js';
import { ReferenceVectors } from './reference-vectors.js';
import { SearchReader } from './search-reader.js';
import { Sender } from './sender.js';
import { StreamReader } from './stream-reader.js';
import { Writer } from './workload.js';

const ORGANISATIONS = 4;
const LIBRARIES = 2;
const PROBE_WITHIN_MS = 90_000;

export interface CrowdParts {
  system: TestSystem;
  nats: NatsConnection;
  subjects: Subjects;
  random: Random;
  ledgerFile: string;
}

/** Clients that write and read all the time, each organisation new, and the ledger of all they asked for. */
export class Crowd {
  readonly ledger: Ledger;
  /** For what a fault needs to meet, and for the writes that show that the system works again. */
  readonly sender: Sender;
  readonly senderOrg: string;
  private readonly prober: ApiClient;
  private readonly reference: ReferenceVectors;
  private readonly writers: Writer[] = [];
  private readonly searches: SearchReader[] = [];
  private readonly streams: StreamReader[] = [];
  private readonly feeds = new Map<string, FeedReader>();
  private readonly librarians: Librarian[] = [];
  private atlas: Atlas | undefined;
  private probes = 0;

  constructor(private readonly parts: CrowdParts) {
    this.ledger = new Ledger(parts.ledgerFile);
    this.prober = parts.system.client();
    this.sender = new Sender(this.prober, this.ledger);
    this.senderOrg = this.prober.person.org;
    this.reference = new ReferenceVectors(parts.nats, parts.subjects);
  }

  /** Resolves when every client is at work and the first write went through. */
  async begin(): Promise<void> {
    const { system, random } = this.parts;
    await this.follow(this.prober);
    this.atlas = new Atlas(await this.follow(system.client()), this.ledger, this.reference, random.fork());
    await this.atlas.start();
    for (let index = 0; index < ORGANISATIONS; index++) this.employ(await this.follow(system.client()));
    for (let index = 0; index < LIBRARIES; index++) this.librarians.push(new Librarian(system.client(), random.fork(), system.sources));
    for (const librarian of this.librarians) await librarian.start();
    await this.throughAgain();
  }

  /** Sends a write and waits until it is done; answers how long that took. */
  async throughAgain(): Promise<number> {
    const startedAt = performance.now();
    const entry = await this.sender.send({ op: 'mock', asset: `${this.senderOrg.slice(0, 8)}-probe`, segment: `s${this.probes++}` }, true);
    await this.prober.done(jobOf(entry) as string, PROBE_WITHIN_MS);
    return performance.now() - startedAt;
  }

  /** Ends the work of all clients; throws what a reader saw and should not have seen. */
  async settle(): Promise<void> {
    for (const writer of this.writers) await writer.stop();
    for (const reader of [this.atlas, ...this.searches, ...this.streams, ...this.librarians]) await reader?.stop();
  }

  async verdict(): Promise<Verdict> {
    const { system, random } = this.parts;
    const verdict = await new Checker(system, {
      ledger: this.ledger,
      feeds: this.feeds,
      librarians: this.librarians,
      reference: this.reference,
      random,
    }).check();
    for (const feed of this.feeds.values()) await feed.stop();
    this.ledger.close();
    return { ...verdict, counts: { ...verdict.counts, ...this.readings() } };
  }

  /** Sends everybody home, whatever they saw: nobody may go on when the system is gone. */
  async dismiss(): Promise<void> {
    const everybody = [...this.writers, ...this.librarians, this.atlas, ...this.searches, ...this.streams, ...this.feeds.values()];
    await Promise.allSettled(everybody.map((one) => one?.stop()));
  }

  private async follow(client: ApiClient): Promise<ApiClient> {
    const feed = new FeedReader(client);
    await feed.start();
    this.feeds.set(client.person.org, feed);
    return client;
  }

  private employ(client: ApiClient): void {
    const { random } = this.parts;
    const writer = new Writer(client, this.ledger, random.fork());
    writer.start();
    this.writers.push(writer);
    this.searches.push(new SearchReader(client, this.ledger, random.fork()));
    this.streams.push(new StreamReader(client, this.ledger, random.fork()));
  }

  private readings(): Record<string, number> {
    const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
    return {
      'searches answered during the faults': sum(this.searches.map(({ answered }) => answered)) + (this.atlas?.answered ?? 0),
      'searches without an answer': sum(this.searches.map(({ unanswered }) => unanswered)),
      'searches of libraries during the faults': sum(this.librarians.map(({ answered }) => answered)),
      'searches of libraries without an answer': sum(this.librarians.map(({ unanswered }) => unanswered)),
      'operations on libraries': sum(this.librarians.map(({ operations }) => operations)),
      'versions of the atlas': this.atlas?.versions.length ?? 0,
      'job streams read to their end': sum(this.streams.map(({ finished }) => finished.size)),
      'sittings at job streams': sum(this.streams.map(({ sittings }) => sittings)),
      'looks at the feed without an answer': sum([...this.feeds.values()].map(({ reconnects }) => reconnects)),
    };
  }
}
