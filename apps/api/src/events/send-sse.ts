import { CairnError } from '@cairn/common';
import type { FastifyReply } from 'fastify';
import type { StreamItem } from './event-source.js';
import { untilTaken } from './until-taken.js';

const RETRY_MS = 1_000;

/** Takes the reply over and writes the items as server-sent events until they end, the client leaves, or it takes nothing for too long. */
export async function sendSse(reply: FastifyReply, items: AsyncGenerator<StreamItem>, stream: AbortController): Promise<void> {
  const raw = reply.raw;
  raw.on('close', () => stream.abort());
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value);
  reply.hijack();
  raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  raw.write(`retry: ${RETRY_MS + Math.floor(Math.random() * RETRY_MS)}\n\n`);
  try {
    for await (const item of items) {
      if (raw.destroyed) return;
      if (!raw.write(textOf(item))) await untilTaken(stream.signal, (taken) => raw.once('drain', taken));
    }
    // Only what is at its end ends. Where the stream was cut short the client reconnects with its last id, and then gets a proper answer.
    if (stream.signal.reason instanceof CairnError) raw.destroy();
    else raw.end();
  } catch {
    raw.destroy();
  }
}

function textOf(item: StreamItem): string {
  const name = item.name === undefined ? '' : `event: ${item.name}\n`;
  const id = item.id === undefined ? '' : `id: ${item.id}\n`;
  return `${name}${id}data: ${JSON.stringify(item.data)}\n\n`;
}
