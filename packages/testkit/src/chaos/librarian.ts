import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '@cairn/common';
import type { ApiClient, Reply } from '../system/api-client.js';
import { until } from '../system/wait.js';
import { Loop } from './loop.js';
import type { Random } from './random.js';
import { type Edition, Shelf, type ShelfHit, textOf } from './shelf.js';
import { must } from './violation.js';

interface Accepted {
  id: string;
  initial_operation_id: string;
  operation_id: string;
  documents: { id: string }[];
}

const DOCUMENTS = 6;
const FILES = 4;
const WRITE_PACE_MS = 500;
const READ_PACE_MS = 250;
const RETRY_MS = 100;
const ENDS_WITHIN_MS = 180_000;
/** More than the collection ever has. */
const ALL = 500;
/** Each holds some sentences; a sentence that was cut would be recognised in neither part. */
const CHUNK_SIZES = [120, 200];

/** One organisation's client that keeps a collection: sends, replaces and deletes documents, changes a folder and reindexes, and looks at all of it all the time. */
export class Librarian {
  readonly shelf = new Shelf();
  answered = 0;
  unanswered = 0;
  operations = 0;
  private readonly ids = new Map<string, string>();
  private readonly watches = new Set<Promise<void>>();
  private readonly loops: Loop[] = [];
  private collection = '';
  private folder = '';
  private reindexing = false;

  constructor(
    readonly client: ApiClient,
    private readonly random: Random,
    private readonly sources: string,
  ) {}

  /** Resolves when there is a collection to work on. */
  async start(): Promise<void> {
    const made = await this.send('POST', '/collections', { name: 'the library', chunking_strategy: 'sentence', chunk_size: CHUNK_SIZES[0], chunk_overlap: 0 });
    this.collection = made.body.id;
    this.folder = join(this.sources, this.collection);
    mkdirSync(this.folder);
    await this.watch(made.body.initial_operation_id, []);
    this.loops.push(new Loop(() => this.act(), WRITE_PACE_MS), new Loop(() => this.read(), READ_PACE_MS));
  }

  /** Throws what it saw and should not have seen, and when an operation does not end well. */
  async stop(): Promise<void> {
    const ends = await Promise.allSettled(this.loops.map((loop) => loop.stop()));
    const watched = await Promise.allSettled(this.watches);
    for (const end of [...ends, ...watched]) if (end.status === 'rejected') throw end.reason;
  }

  /** When all is quiet there is one answer. */
  async findsTheLast(): Promise<void> {
    const now = performance.now();
    await until('a search of the library to be answered', () => this.look(now));
  }

  private act(): Promise<void> {
    const act = this.random.next();
    if (act < 0.5) return this.post();
    if (act < 0.7) return this.remove();
    if (act < 0.9) return this.run();
    return this.reindex();
  }

  private async post(): Promise<void> {
    const names = Array.from({ length: 1 + this.random.below(3) }, () => `d${this.random.below(DOCUMENTS)}`);
    const editions = [...new Set(names)].map((name) => [name, this.shelf.write(name)] as const);
    const documents = editions.map(([name, edition]) => ({ external_id: name, text: textOf(name, edition) }));
    const { body } = await this.send('POST', `/collections/${this.collection}/documents`, { documents });
    for (const [at, [name]] of editions.entries()) this.ids.set(name, body.documents[at]?.id as string);
    this.follow(
      body.operation_id,
      editions.map(([, edition]) => edition),
    );
  }

  private async remove(): Promise<void> {
    const name = `d${this.random.below(DOCUMENTS)}`;
    const id = this.ids.get(name);
    if (id === undefined || this.shelf.last(name)?.parts === 0) return;
    const edition = this.shelf.erase(name);
    await this.send('DELETE', `/documents/${id}`);
    edition.doneAt = performance.now();
  }

  /** Files change only between two runs: what a run reads is known then. */
  private async run(): Promise<void> {
    const changed = Array.from({ length: 1 + this.random.below(FILES) }, () => this.change(`f${this.random.below(FILES)}`));
    const source = { source_type: 'directory', source_path: this.folder };
    const { body } = await this.send('POST', `/collections/${this.collection}/sources`, source);
    await this.watch(body.id, changed);
  }

  private change(name: string): Edition {
    const file = join(this.folder, `${name}.txt`);
    const isThere = (this.shelf.last(name)?.parts ?? 0) > 0;
    if (isThere && this.random.chance(0.3)) {
      const erased = this.shelf.erase(name);
      rmSync(file);
      return erased;
    }
    const edition = this.shelf.write(name);
    writeFileSync(file, textOf(name, edition));
    return edition;
  }

  private async reindex(): Promise<void> {
    if (this.reindexing) return;
    this.reindexing = true;
    const settings = { chunk_size: this.random.pick(CHUNK_SIZES), chunk_overlap: 0, force: true };
    const { body } = await this.send('POST', `/collections/${this.collection}/reindex`, settings);
    this.follow(body.id, [], () => {
      this.reindexing = false;
    });
  }

  private follow(operationId: string, editions: Edition[], then: () => void = () => undefined): void {
    const watch = this.watch(operationId, editions).then(then);
    watch.catch(() => undefined);
    this.watches.add(watch);
  }

  private async watch(operationId: string, editions: Edition[]): Promise<void> {
    this.operations++;
    const over = await until(`operation ${operationId} to end`, () => this.over(operationId), ENDS_WITHIN_MS);
    must(over.status === 'completed', 'G3', `operation ${operationId} ended ${over.status}: ${over.error_message}`);
    for (const edition of editions) edition.doneAt = Math.min(edition.doneAt, performance.now());
  }

  private async over(id: string): Promise<{ status: string; error_message: string | null } | undefined> {
    const { body } = await this.client.call<{ status: string; error_message: string | null }>('GET', `/api/v2/operations/${id}`);
    return ['completed', 'failed', 'cancelled'].includes(body.status) ? body : undefined;
  }

  /** Goes on with one key until there is an answer. */
  private async send(method: string, path: string, body?: object): Promise<Reply<Accepted>> {
    const key = { 'idempotency-key': randomUUID() };
    const answer = async () => {
      const reply = await this.client.call<Accepted & { code?: string }>(method, `/api/v2${path}`, body, key);
      return reply.status < 500 && reply.status !== 429 && reply.body?.code !== 'request_in_flight' && reply;
    };
    const reply = await until(`${method} ${path} to be answered`, answer, ENDS_WITHIN_MS);
    must(reply.status < 300, 'G1', `${method} ${path} was answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  private async read(): Promise<void> {
    const isAnswered = await this.look(performance.now()).catch((error: Error) => {
      if (error.name === 'Violation' || 'promise' in error) throw error;
      return false;
    });
    if (isAnswered) this.answered++;
    else {
      this.unanswered++;
      await pause(RETRY_MS);
    }
  }

  /** False when there was no answer. */
  private async look(from: number): Promise<boolean> {
    const search_mode = this.random.pick(['dense', 'hybrid']); // a search by words alone finds what has the words, which need not be all
    const body = { query: 'every part that stands upon the shelf', collection_uuids: [this.collection], k: ALL, search_mode };
    const reply = await this.client.call<{ results: ShelfHit[] }>('POST', '/api/v2/search', body);
    if (reply.status >= 500) return false;
    must(reply.status === 200, 'G6', `a search of a collection was answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    this.shelf.judge(reply.body.results, from, performance.now());
    return true;
  }
}
