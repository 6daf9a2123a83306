import type { ApiClient } from '../system/api-client.js';
import { type Entry, isOk, type Ledger } from './ledger.js';
import { Loop } from './loop.js';
import type { Random } from './random.js';
import { must } from './violation.js';

interface Hit {
  point_id: string;
  payload: { org_id: string; asset_id: string };
}

const PACE_MS = 150;
const LIMIT = 10;

/** Searches for texts of all organisations in the name of one, and looks at every hit: it must be the organisation's own and must not have been deleted. */
export class SearchReader {
  answered = 0;
  unanswered = 0;
  private readonly loop: Loop;

  constructor(
    private readonly client: ApiClient,
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {
    this.loop = new Loop(() => this.search(), PACE_MS);
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async search(): Promise<void> {
    const query = this.someText();
    if (query === undefined) return;
    const from = performance.now();
    const reply = await this.client.call<{ results: Hit[] }>('POST', '/vectors/search', { query, limit: LIMIT }).catch(() => undefined);
    if (!reply || reply.status >= 500) {
      this.unanswered++;
      return;
    }
    must(reply.status === 200, 'G6', `a search was answered ${reply.status}`);
    this.answered++;
    this.judge(reply.body.results, from, performance.now());
  }

  private someText(): string | undefined {
    const texts = this.ledger.entries.slice(-200).flatMap(({ write }) => (write.op === 'embed' ? [write.text] : []));
    return texts.length > 0 ? this.random.pick(texts) : undefined;
  }

  private judge(hits: Hit[], from: number, to: number): void {
    const { org } = this.client.person;
    must(new Set(hits.map((hit) => hit.point_id)).size === hits.length, 'G6', 'a search named one vector twice');
    for (const { payload } of hits) {
      must(payload.org_id === org && payload.asset_id.startsWith(org.slice(0, 8)), 'G11', `a search of ${org} found a vector of ${payload.org_id}`);
      must(!this.wasDeleted(payload.asset_id, from, to), 'G7', `a search found ${payload.asset_id}, whose delete was answered before the search began`);
    }
  }

  /** True when nothing of the asset can have been live between the two moments. */
  private wasDeleted(asset: string, from: number, to: number): boolean {
    const own = this.ledger.entries.filter((entry) => entry.org === this.client.person.org);
    const lastDelete = own.findLast(
      ({ write, endedAt, ...entry }) => write.op === 'delete' && write.asset === asset && isOk(entry as Entry) && (endedAt ?? to) < from,
    );
    if (!lastDelete) return false;
    const mayLive = (entry: Entry) => entry.sentAt < to && (entry.answer === undefined || (entry.endedAt ?? to) > lastDelete.sentAt);
    return !own.some((entry) => writesTo(entry, asset, own) && mayLive(entry));
  }
}

function writesTo({ write }: Entry, asset: string, entries: Entry[]): boolean {
  if (write.op === 'retry') return entries.some((entry) => entry.id === write.of && writesTo(entry, asset, entries));
  return (write.op === 'embed' || write.op === 'batch' || write.op === 'mock') && write.asset === asset;
}
