import { type ApiClient, devToken } from '../system/api-client.js';

export interface SseEvent {
  id: string;
  name: string;
  data: Record<string, unknown>;
}

export interface SseReading {
  events: SseEvent[];
  /** True when the server closed the stream, false when we left. */
  ended: boolean;
}

export interface SseOptions {
  lastEventId?: string | undefined;
  withinMs: number;
  /** Leaves after so many events, as a client that loses its connection. */
  leaveAfter?: number;
}

/** Reads a stream of server-sent events until it ends, time is up, or it is time to leave. */
export async function readSse(baseUrl: string, client: ApiClient, path: string, options: SseOptions): Promise<SseReading> {
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), options.withinMs);
  const events: SseEvent[] = [];
  try {
    for await (const event of open(`${baseUrl}${path}`, client, options, leaving.signal)) {
      if (event.id !== '') events.push(event);
      if (events.length === options.leaveAfter) return { events, ended: false };
    }
    return { events, ended: true };
  } catch (error) {
    if (leaving.signal.aborted) return { events, ended: false };
    throw Object.assign(error as Error, { events });
  } finally {
    clearTimeout(timer);
    leaving.abort();
  }
}

async function* open(url: string, client: ApiClient, { lastEventId }: SseOptions, signal: AbortSignal): AsyncGenerator<SseEvent> {
  const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const answer = await fetch(url, { headers: { authorization: `Bearer ${devToken(client.person)}`, accept: 'text/event-stream', ...resume }, signal });
  if (!answer.ok || !answer.body) throw new Error(`${url} answered ${answer.status}`);
  let text = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield parse(block);
  }
}

function parse(block: string): SseEvent {
  const field = (name: string): string => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? '';
  const data = field('data');
  return { id: field('id'), name: field('event'), data: data === '' ? {} : (JSON.parse(data) as Record<string, unknown>) };
}
