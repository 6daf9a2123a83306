import { get, type IncomingMessage } from 'node:http';

/** A server-sent event as it came over the wire. */
export interface SseEvent {
  id?: string;
  name?: string;
  data: Record<string, unknown>;
}

export interface SseReading {
  /** The reading ends when this says so, or when the server ends the stream. */
  stop?: (events: SseEvent[]) => boolean;
  headers?: Record<string, string>;
  withinMs?: number;
  onOpen?: () => void;
}

export interface SseResult {
  events: SseEvent[];
  /** True where the server ended the stream. */
  ended: boolean;
  /** True where it broke off before its end. */
  brokeOff: boolean;
}

export class SseRefused extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
  ) {
    super(`the stream was refused with ${status}: ${body}`);
  }
}

/** Reads an event stream until it has what the test waits for. */
export function readSse(url: string, token: string, reading: SseReading = {}): Promise<SseResult> {
  const events: SseEvent[] = [];
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers: { accept: 'text/event-stream', authorization: `Bearer ${token}`, ...reading.headers } });
    const timer = setTimeout(
      () => finish(new Error(`${url}: the awaited events did not come; last: ${JSON.stringify(events.at(-1))}`)),
      reading.withinMs ?? 20_000,
    );
    function finish(outcome: Error | Omit<SseResult, 'events'>): void {
      clearTimeout(timer);
      request.destroy();
      if (outcome instanceof Error) reject(outcome);
      else resolve({ events, ...outcome });
    }
    request.on('error', finish);
    request.on('response', (response) => {
      if (response.statusCode !== 200) return void textOf(response).then((body) => finish(new SseRefused(response.statusCode ?? 0, body)));
      reading.onOpen?.();
      response.on('close', () => finish({ ended: true, brokeOff: !response.complete }));
      void consume(response, events, () => reading.stop?.(events) && finish({ ended: false, brokeOff: false }));
    });
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return text;
}

async function consume(response: IncomingMessage, events: SseEvent[], onEvent: () => void): Promise<void> {
  let buffer = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const blocks = (buffer + chunk).split('\n\n');
      buffer = blocks.pop() ?? '';
      for (const event of blocks.map(parse)) {
        if (!event) continue;
        events.push(event);
        onEvent();
      }
    }
  } catch {
    // the reader hung up, or the server did: `close` tells
  }
}

function parse(block: string): SseEvent | undefined {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const [id, name] = [fields.get('id'), fields.get('event')];
  return { ...(id === undefined ? {} : { id }), ...(name === undefined ? {} : { name }), data: JSON.parse(data) };
}
