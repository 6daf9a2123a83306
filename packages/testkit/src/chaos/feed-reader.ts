import type { ApiClient } from '../system/api-client.js';
import { Loop } from './loop.js';
import { must } from './violation.js';

export interface FeedItem {
  job_id: string;
  seq: number;
  id: string;
  prev: string;
}

interface Page {
  events: FeedItem[];
  cursor: string;
}

const PACE_MS = 50;
const WAIT_SECONDS = 2;

/** Follows the feed of one organisation from the first event on, through every fault, and remembers what it was told. */
export class FeedReader {
  readonly told: FeedItem[] = [];
  reconnects = 0;
  private cursor: string | undefined;
  private readonly newestOf = new Map<string, number>();
  private loop: Loop | undefined;

  constructor(private readonly client: ApiClient) {}

  /** Resolves when the reader knows where the feed stands; what happens from then on it must be told. */
  async start(): Promise<void> {
    this.cursor = (await pageOf(this.client, undefined, 0)).cursor;
    this.loop = new Loop(() => this.read(), PACE_MS);
  }

  async stop(): Promise<void> {
    await this.loop?.stop();
  }

  private async read(): Promise<void> {
    const page = await pageOf(this.client, this.cursor, WAIT_SECONDS).catch(() => undefined);
    if (!page) {
      this.reconnects++;
      return;
    }
    for (const event of page.events) this.note(event);
    this.cursor = page.cursor;
  }

  private note(event: FeedItem): void {
    const newest = this.newestOf.get(event.job_id) ?? 0;
    must(event.seq === newest + 1, 'G10', `after event ${newest} of job ${event.job_id} the feed told event ${event.seq}`);
    must(event.prev === (this.told.at(-1)?.id ?? event.prev), 'G10', 'an event of the feed does not name the one before it');
    this.newestOf.set(event.job_id, event.seq);
    this.told.push(event);
  }
}

export function pageOf(client: ApiClient, cursor: string | undefined, waitSeconds: number): Promise<Page> {
  const path = cursor === undefined ? '/events' : `/events?since=${cursor}&wait=${waitSeconds}`;
  return client.ok<Page>('GET', path, undefined, { accept: 'application/json' });
}
