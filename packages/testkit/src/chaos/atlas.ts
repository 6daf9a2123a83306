import { pause } from '@cairn/common';
import type { ApiClient } from '../system/api-client.js';
import type { Ledger, Segment } from './ledger.js';
import { jobOf } from './ledger.js';
import { Loop } from './loop.js';
import type { Random } from './random.js';
import { cosine, type ReferenceVectors } from './reference-vectors.js';
import { Sender } from './sender.js';
import { must } from './violation.js';
import { newText } from './words.js';

interface Version {
  /** Expected score of each segment for the one question that is asked. */
  scores: Map<string, number>;
  sentAt: number;
  doneAt: number;
}

interface Hit {
  score: number;
  payload: { segment_id: string };
}

const QUESTION = 'a map of mountains, rivers and towns';
const SEGMENTS = 4;
const READ_PACE_MS = 60;
const WRITE_PACE_MS = 300;
const SAME_SCORE = 1e-4;
/** Scores of one segment in two versions differ by more than this, so that a score tells its version. */
const APART = 2e-3;
const FIRST_VERSION_MS = 120_000;

/** One asset of four segments, replaced as a whole again and again while it is searched: each answer is one version of it, complete. */
export class Atlas {
  readonly versions: Version[] = [];
  answered = 0;
  private readonly loops: Loop[] = [];
  private readonly sender: Sender;
  private readonly asset: string;

  constructor(
    private readonly client: ApiClient,
    readonly ledger: Ledger,
    private readonly reference: ReferenceVectors,
    private readonly random: Random,
  ) {
    this.sender = new Sender(client, ledger);
    this.asset = `${client.person.org.slice(0, 8)}-atlas`;
  }

  /** Resolves when the first version can be found. */
  async start(): Promise<void> {
    await this.publish();
    this.loops.push(new Loop(() => this.publish(), WRITE_PACE_MS), new Loop(() => this.read(), READ_PACE_MS));
  }

  async stop(): Promise<void> {
    const ends = await Promise.allSettled(this.loops.map((loop) => loop.stop()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  private async publish(): Promise<void> {
    const { segments, scores } = await this.compose();
    const version: Version = { scores, sentAt: performance.now(), doneAt: Number.POSITIVE_INFINITY };
    this.versions.push(version);
    const entry = await this.sender.send({ op: 'batch', asset: this.asset, segments }, true);
    await this.client.done(jobOf(entry) as string, FIRST_VERSION_MS);
    version.doneAt = performance.now();
  }

  private async compose(): Promise<{ segments: Segment[]; scores: Map<string, number> }> {
    const question = await this.reference.of(QUESTION);
    const segments: Segment[] = [];
    const scores = new Map<string, number>();
    while (segments.length < SEGMENTS) {
      const segment = `s${segments.length}`;
      const text = newText(this.random);
      const score = cosine(question, await this.reference.of(text));
      if (this.versions.slice(-3).some((version) => Math.abs((version.scores.get(segment) as number) - score) < APART)) continue;
      segments.push({ segment, text });
      scores.set(segment, score);
    }
    return { segments, scores };
  }

  private async read(): Promise<void> {
    const from = performance.now();
    const body = { query: QUESTION, filter: { asset_id: this.asset }, limit: 10 };
    const reply = await this.client.call<{ results: Hit[] }>('POST', '/vectors/search', body).catch(() => undefined);
    if (!reply || reply.status >= 500) return pause(READ_PACE_MS);
    this.answered++;
    this.judge(reply.body.results, from, performance.now());
  }

  /** The answer must be one of the versions that were live at some moment between the two. */
  private judge(hits: Hit[], from: number, to: number): void {
    const finished = this.versions.findLastIndex((version) => version.doneAt < from);
    const possible = this.versions.slice(Math.max(0, finished)).filter((version) => version.sentAt < to);
    const seen = hits.map((hit) => `${hit.payload.segment_id} ${hit.score.toFixed(5)}`).join(', ');
    must(
      possible.some((version) => isWhole(version, hits)),
      'G6',
      `a search of ${Math.round(to - from)} ms saw a mix of versions, an old one or none: ${hits.length} of ${SEGMENTS} segments (${seen}), ${new Date().toISOString()}`,
    );
  }
}

function isWhole({ scores }: Version, hits: Hit[]): boolean {
  const found = new Set(hits.map((hit) => hit.payload.segment_id));
  return (
    found.size === SEGMENTS &&
    hits.length === SEGMENTS &&
    hits.every(({ payload, score }) => Math.abs(score - (scores.get(payload.segment_id) ?? 2)) < SAME_SCORE)
  );
}
