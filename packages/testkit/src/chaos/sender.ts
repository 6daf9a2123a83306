import { randomUUID } from 'node:crypto';
import { pause } from '@cairn/common';
import type { ApiClient } from '../system/api-client.js';
import { type Entry, type Ledger, type Write } from './ledger.js';

const RETRY_MS = 100;
const GIVE_UP_MS = 120_000;

/** Sends writes and keeps the ledger. With a key it goes on until it has an answer; without one it sends once and may never know. */
export class Sender {
  constructor(
    private readonly client: ApiClient,
    private readonly ledger: Ledger,
  ) {}

  async send(write: Write, keyed: boolean): Promise<Entry> {
    const entry = this.ledger.intend({ id: randomUUID(), org: this.client.person.org, write, keyed });
    const giveUpAt = Date.now() + GIVE_UP_MS;
    for (;;) {
      const reason = await this.attempt(entry);
      if (reason === undefined) return entry;
      if (!keyed || Date.now() > giveUpAt) {
        this.ledger.unknown(entry, reason);
        return entry;
      }
      await pause(RETRY_MS);
    }
  }

  /** Undefined when the answer is definite, else why it is not. */
  private async attempt(entry: Entry): Promise<string | undefined> {
    const { method, path, body } = requestOf(entry.write);
    try {
      const key: Record<string, string> = entry.keyed ? { 'idempotency-key': entry.id } : {};
      const { status, body: answer } = await this.client.call(method, path, body, { 'x-correlation-id': entry.id, ...key });
      if (status >= 500 || status === 429 || isInFlight(answer)) return `${status} ${JSON.stringify(answer)}`;
      this.ledger.answered(entry, { status, body: answer });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}

const isInFlight = (body: Record<string, unknown> | undefined): boolean => body?.code === 'request_in_flight';

function requestOf(write: Write): { method: string; path: string; body?: object } {
  switch (write.op) {
    case 'embed':
      return { method: 'POST', path: '/vectors/embed', body: { asset_id: write.asset, segment_id: write.segment, text: write.text } };
    case 'batch':
      return {
        method: 'POST',
        path: '/vectors/embed/batch',
        body: { asset_id: write.asset, segments: write.segments.map(({ segment, text }) => ({ segment_id: segment, text })) },
      };
    case 'mock':
      return { method: 'POST', path: '/vectors/mock', body: { asset_id: write.asset, segment_id: write.segment } };
    case 'job':
      return { method: 'POST', path: '/jobs', body: { type: 'mock_process' } };
    case 'delete':
      return { method: 'DELETE', path: `/vectors/asset/${encodeURIComponent(write.asset)}` };
    case 'cancel':
      return { method: 'DELETE', path: `/jobs/${write.job}` };
    case 'retry':
      return { method: 'POST', path: `/jobs/${write.job}/retry` };
  }
}
