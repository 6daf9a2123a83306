import { type PointId, storedPointIdOf } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import { ApiClient } from '../system/api-client.js';
import type { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { wrongsOfDocuments } from './document-truth.js';
import { type FeedItem, type FeedReader, pageOf } from './feed-reader.js';
import { type Entry, isOk, jobOf, type Ledger } from './ledger.js';
import type { Librarian } from './librarian.js';
import { type Expectation, expectationsOf } from './point-history.js';
import { qdrantOf } from './qdrant-of.js';
import { letGraceEnd, untilQuiet } from './quiescence.js';
import type { Random } from './random.js';
import { cosine, type ReferenceVectors } from './reference-vectors.js';
import { TEXT_MARK } from './words.js';

/** What was compared and what was wrong with it. */
export interface Verdict {
  lost: string[];
  doubled: string[];
  foreign: string[];
  /** Everything else that should be and is not. */
  broken: string[];
  counts: Record<string, number>;
}

interface JobRow {
  id: string;
  org_id: string;
  state: string;
  correlation_id: string;
}

interface VectorRow {
  org_id: string;
  point_id: PointId;
  asset_id: string;
  segment_id: string;
  model: string;
  space: string;
  live_token: string | null;
  vector: Buffer | null;
}

export interface Witnesses {
  ledger: Ledger;
  feeds: Map<string, FeedReader>;
  librarians: Librarian[];
  reference: ReferenceVectors;
  random: Random;
}

const EXPECTED_STATUS: Record<Entry['write']['op'], number[]> = {
  embed: [200],
  batch: [200],
  mock: [200],
  job: [200],
  delete: [200],
  cancel: [200, 409],
  retry: [202, 409],
};
const SAME_VECTOR = 0.9999;
const SETTLES_WITHIN_MS = 90_000;
const CURSORS = 5;
const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'quarantined']);

/** Compares what clients were told with what Postgres, Qdrant and the event feed hold, after all work has ended. */
export class Checker {
  private readonly verdict: Verdict = { lost: [], doubled: [], foreign: [], broken: [], counts: {} };

  constructor(
    private readonly system: TestSystem,
    private readonly witnesses: Witnesses,
  ) {}

  async check(): Promise<Verdict> {
    await untilQuiet(this.system);
    await letGraceEnd(this.system);
    const jobs = await this.sql<JobRow>('SELECT id, org_id, state, correlation_id FROM jobs WHERE org_id = ANY ($1::uuid[])', [this.orgs]);
    this.checkAnswers();
    this.checkJobs(jobs);
    await this.checkVectors();
    await this.checkEvents();
    await this.checkFeeds();
    await this.checkLibraries();
    await this.checkLeftovers();
    await this.checkQdrant();
    return this.verdict;
  }

  private sql<T>(text: string, values?: unknown[]): Promise<T[]> {
    return this.system.database.sql<T>(text, values);
  }

  private count(what: string, number: number): void {
    this.verdict.counts[what] = number;
  }

  private get orgs(): string[] {
    return [...this.witnesses.feeds.keys()];
  }

  private get entries(): Entry[] {
    return this.witnesses.ledger.entries;
  }

  private checkAnswers(): void {
    const unexpected = this.entries.filter(({ write, answer }) => answer && !EXPECTED_STATUS[write.op].includes(answer.status));
    for (const { write, answer } of unexpected) this.verdict.broken.push(`${write.op} was answered ${answer?.status}: ${JSON.stringify(answer?.body)}`);
    const keyedUnknown = this.entries.filter((entry) => entry.keyed && !entry.answer);
    for (const { id } of keyedUnknown) this.verdict.broken.push(`request ${id} never got an answer, however often it was repeated`);
    this.count('requests', this.entries.length);
    this.count('requests without an answer', this.entries.filter((entry) => !entry.answer).length);
  }

  private checkJobs(jobs: JobRow[]): void {
    const byId = new Map(jobs.map((job) => [job.id, job]));
    const cancelled = this.jobsThatStayCancelled();
    for (const entry of this.entries.filter((one) => isOk(one) && one.write.op !== 'delete')) {
      const job = byId.get(jobOf(entry) ?? '');
      const expected = cancelled.has(job?.id ?? '') ? 'cancelled' : 'succeeded';
      if (!job || job.org_id !== entry.org) this.verdict.lost.push(`the accepted ${entry.write.op} ${entry.id} has no job`);
      else if (job.state !== expected) this.verdict.lost.push(`job ${job.id} of an accepted ${entry.write.op} ended ${job.state} instead of ${expected}`);
    }
    this.checkOrigins(jobs);
    this.count('jobs', jobs.length);
  }

  /** Cancelled, and not retried after that. */
  private jobsThatStayCancelled(): Set<string> {
    const cancelled = new Set<string>();
    for (const { write, ...entry } of this.entries) {
      if (write.op === 'cancel' && isOk(entry as Entry)) cancelled.add(write.job);
      if (write.op === 'retry' && isOk(entry as Entry)) cancelled.delete(write.job);
    }
    return cancelled;
  }

  private checkOrigins(jobs: JobRow[]): void {
    const senders = new Map(this.entries.map((entry) => [entry.id, entry]));
    const made = new Map<string, number>();
    for (const job of jobs) {
      const sender = senders.get(job.correlation_id);
      if (!sender || sender.org !== job.org_id) this.verdict.foreign.push(`job ${job.id} of ${job.org_id} was asked for by nobody there`);
      if (!ENDED.has(job.state)) this.verdict.lost.push(`job ${job.id} has not ended: ${job.state}`);
      made.set(job.correlation_id, (made.get(job.correlation_id) ?? 0) + 1);
    }
    for (const [id, times] of made) if (times > 1) this.verdict.doubled.push(`request ${id} made ${times} jobs`);
  }

  private async checkVectors(): Promise<void> {
    const rows = await this.sql<VectorRow>(
      'SELECT org_id, point_id, asset_id, segment_id, model, space, live_token, vector FROM vectors WHERE org_id = ANY ($1::uuid[])',
      [this.orgs],
    );
    const keyOf = (org: string, asset: string, segment: string, mock: boolean) => JSON.stringify([org, asset, segment, mock]);
    const found = new Map(rows.map((row) => [keyOf(row.org_id, row.asset_id, row.segment_id, row.model === 'mock'), row]));
    const expectations = expectationsOf(this.witnesses.ledger);
    for (const expected of expectations) {
      const key = keyOf(expected.org, expected.asset, expected.segment, expected.kind === 'mock');
      await this.checkVector(expected, found.get(key));
      found.delete(key);
    }
    for (const row of found.values())
      if (row.live_token) this.verdict.foreign.push(`${row.asset_id}/${row.segment_id} of ${row.org_id} is live and nobody asked for it`);
    this.count('points', expectations.length);
    this.count('points of which only one outcome is right', expectations.filter(({ texts, mayBeAbsent }) => texts.size + Number(mayBeAbsent) === 1).length);
  }

  private async checkVector({ asset, segment, kind, texts, mayBeAbsent }: Expectation, row: VectorRow | undefined): Promise<void> {
    const name = `${kind} ${asset}/${segment}`;
    if (!row?.live_token || !row.vector) {
      if (!mayBeAbsent) this.verdict.lost.push(`${name} was accepted and is not live`);
      return;
    }
    if (texts.size === 0) this.verdict.broken.push(`${name} was deleted or cancelled and is live`);
    if (texts.size === 0 || kind === 'mock') return;
    const live = new Float32Array(new Uint8Array(row.vector).buffer);
    for (const text of texts) if (cosine(live, await this.witnesses.reference.of(text)) > SAME_VECTOR) return;
    this.verdict.lost.push(`${name} is live with a text that is not the one accepted last`);
  }

  private async checkEvents(): Promise<void> {
    const gaps = await this.sql<{ job_id: string }>(
      `SELECT e.job_id FROM job_events e JOIN jobs j ON j.org_id = e.org_id AND j.id = e.job_id WHERE j.org_id = ANY ($1::uuid[]) GROUP BY e.job_id, j.event_seq
        HAVING count(*) <> j.event_seq OR min(e.seq) <> 1 OR max(e.seq) <> j.event_seq`,
      [this.orgs],
    );
    for (const { job_id } of gaps) this.verdict.broken.push(`the events of job ${job_id} have a gap`);
    const series = await this.sql<{ id: string; ends: number; retries: number; last: string }>(
      `SELECT j.id, count(*) FILTER (WHERE e.state NOT IN ('queued', 'running'))::int AS ends, count(*) FILTER (WHERE e.message = 'retried by a caller')::int AS retries,
        (array_agg(e.state ORDER BY e.seq DESC))[1] AS last FROM jobs j JOIN job_events e ON e.org_id = j.org_id AND e.job_id = j.id WHERE j.org_id = ANY ($1::uuid[]) GROUP BY j.id`,
      [this.orgs],
    );
    for (const { id, ends, retries, last } of series) {
      if (ends !== retries + 1) this.verdict.doubled.push(`job ${id} ended ${ends} times in ${retries + 1} series`);
      if (!ENDED.has(last)) this.verdict.broken.push(`the last event of job ${id} says ${last}`);
    }
    const [total] = await this.sql<{ count: number }>('SELECT count(*)::int AS count FROM job_events WHERE org_id = ANY ($1::uuid[])', [this.orgs]);
    this.count('events', total?.count ?? 0);
  }

  private async checkLibraries(): Promise<void> {
    const { librarians } = this.witnesses;
    const orgs = librarians.map(({ client }) => client.person.org);
    this.verdict.broken.push(...(await wrongsOfDocuments(this.system.database.sql, orgs)));
    for (const librarian of librarians) await librarian.findsTheLast().catch((error: Error) => this.verdict.lost.push(error.message));
    const [row] = await this.sql<{ documents: number; chunks: number }>(
      `SELECT (SELECT count(*)::int FROM documents WHERE org_id = ANY ($1::uuid[]) AND deleted_at IS NULL) AS documents, (SELECT count(*)::int FROM chunks WHERE org_id = ANY ($1::uuid[])) AS chunks`,
      [orgs],
    );
    this.count('documents', row?.documents ?? 0);
    this.count('chunks', row?.chunks ?? 0);
  }

  private async checkFeeds(): Promise<void> {
    for (const [org, reader] of this.witnesses.feeds) {
      const client = new ApiClient(this.system.baseUrl, { org, sub: 'the checker' });
      const rows = await this.sql<{ name: string }>(`SELECT job_id || ' ' || seq AS name FROM job_events WHERE org_id = $1`, [org]);
      const told = await this.readerCaughtUp(reader, rows.length);
      const names = told.map((event) => `${event.job_id} ${event.seq}`);
      if (new Set(names).size !== names.length) this.verdict.doubled.push(`the feed of ${org} told an event twice`);
      const missing = rows.filter(({ name }) => !new Set(names).has(name));
      if (missing.length > 0) this.verdict.lost.push(`the feed of ${org} never told ${missing.length} of ${rows.length} events`);
      await this.checkCursors(client, told);
    }
  }

  private async readerCaughtUp(reader: FeedReader, events: number): Promise<FeedItem[]> {
    await until('the feed reader to have caught up', async () => reader.told.length >= events, SETTLES_WITHIN_MS).catch(() => undefined);
    return reader.told;
  }

  /** From any place the feed tells the same rest. */
  private async checkCursors(client: ApiClient, told: FeedItem[]): Promise<void> {
    for (let round = 0; round < CURSORS && told.length > 0; round++) {
      const at = this.witnesses.random.below(told.length);
      const rest: string[] = [];
      for (let cursor = (told[at] as FeedItem).id; ; ) {
        const page = await pageOf(client, cursor, 0);
        if (page.events.length === 0) break;
        rest.push(...page.events.map((event) => event.id));
        cursor = page.cursor;
      }
      const expected = told.slice(at + 1).map((event) => event.id);
      if (rest.join() !== expected.join()) this.verdict.broken.push(`the feed after event ${at + 1} of ${told.length} tells something else the second time`);
    }
  }

  private async checkLeftovers(): Promise<void> {
    const zeros: Record<string, string> = {
      'rows in the outbox': 'SELECT 1 FROM outbox',
      'running jobs': `SELECT 1 FROM jobs WHERE state = 'running' OR lease_token IS NOT NULL`,
      'attempts without an end': 'SELECT 1 FROM job_attempts WHERE ended_at IS NULL',
      'texts of jobs that succeeded': `SELECT 1 FROM job_inputs i JOIN jobs j ON j.org_id = i.org_id AND j.id = i.job_id WHERE j.state = 'succeeded'`,
      'texts in jobs': `SELECT 1 FROM jobs WHERE jobs::text LIKE '%${TEXT_MARK}%'`,
      'texts in events': `SELECT 1 FROM job_events WHERE message LIKE '%${TEXT_MARK}%'`,
      'texts in kept answers': `SELECT 1 FROM idempotency_keys WHERE body::text LIKE '%${TEXT_MARK}%'`,
      'forgotten transactions': `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND state_change < now() - interval '2 seconds'`,
      'points on the list of garbage': 'SELECT 1 FROM garbage_points',
      'points that nobody looked for': 'SELECT 1 FROM fresh_points',
    };
    for (const [what, query] of Object.entries(zeros)) {
      let left = 0;
      const gone = async () => {
        left = (await this.sql(query)).length;
        return left === 0;
      };
      await until(`no ${what}`, gone, SETTLES_WITHIN_MS).catch(() => this.verdict.broken.push(`${left} ${what} are left`));
    }
  }

  private async checkQdrant(): Promise<void> {
    const { spaces, close } = qdrantOf(this.system);
    try {
      const rows = await this.sql<VectorRow>('SELECT org_id, point_id, space, live_token FROM vectors WHERE live_token IS NOT NULL');
      for (const { name } of await this.sql<{ name: string }>('SELECT name FROM spaces')) {
        const live = rows.filter((row) => row.space === name).map((row) => storedPointIdOf(row.point_id, row.live_token as string) as string);
        await this.checkSpace(spaces, name, live);
      }
    } finally {
      await close();
    }
  }

  private async checkSpace(spaces: SpaceMaintenance, space: string, live: string[]): Promise<void> {
    let difference = 'nothing was read';
    const equal = async () => {
      const stored = await idsOf(spaces, space);
      const [missing, strange] = [live.filter((id) => !stored.has(id)), [...stored].filter((id) => !live.includes(id))];
      difference = `${missing.length} of ${live.length} live points are missing and ${strange.length} points are not live`;
      return missing.length + strange.length === 0;
    };
    await until(`Qdrant to hold what Postgres says in ${space}`, equal, SETTLES_WITHIN_MS).catch(() =>
      this.verdict.broken.push(`Qdrant, ${space}: ${difference}`),
    );
    this.count(`points in ${space}`, live.length);
  }
}

async function idsOf(spaces: SpaceMaintenance, space: string): Promise<Set<string>> {
  const ids = new Set<string>();
  let offset: string | undefined;
  do {
    const page = await spaces.scroll(space, { limit: 1_000, offset });
    for (const point of page.points) ids.add(point.id);
    offset = page.next;
  } while (offset !== undefined);
  return ids;
}

export function reportOf({ lost, doubled, foreign, broken, counts }: Verdict): string {
  const facts = Object.entries(counts).map(([what, number]) => `${number} ${what}`);
  const wrong = Object.entries({ lost, doubled, foreign, broken }).flatMap(([kind, list]) => list.slice(0, 20).map((one) => `${kind}: ${one}`));
  return [
    `compared: ${facts.join(', ')}`,
    ...wrong,
    `${lost.length} lost, ${doubled.length} doubled, ${foreign.length} foreign, ${broken.length} otherwise broken`,
  ].join('\n');
}
