import { pipeline, Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { capBytes } from '../cap-bytes.js';
import type { Deadline } from './deadline.js';
import type { WebLimits } from './web-limits.js';
import { asWebRefusal, bodyTooLarge, oddEncoding, tooSlow } from './web-refused.js';

export interface Body {
  url: URL;
  bytes: Readable;
  /** As `content-encoding` says. */
  encoding: string;
  maxBytes: number;
  limits: WebLimits;
  deadline: Deadline;
}

export const UNDERSTOOD_ENCODINGS = 'gzip, br';

function unpacker({ url, encoding }: Body): Transform | undefined {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    default:
      throw oddEncoding(url);
  }
}

/** The content of a body, unpacked, within its limits. Whatever goes wrong is an error of this stream that people can read. */
export function readBody(body: Body): Readable {
  const unpack = unpacker(body);
  // Who reads hears of it; when nobody does yet, it must not end the process.
  body.bytes.on('error', () => undefined);
  const paced = Readable.from(pace(body), { objectMode: false });
  const content = unpack === undefined ? paced : pipeline(paced, unpack, () => undefined);
  const capped = capBytes(content, body.maxBytes, () => bodyTooLarge(body.url, body.maxBytes));
  const readable = Readable.from(translate(capped, body), { objectMode: false });
  // A body that nobody begins to read has to be let go of, too.
  readable.once('close', () => {
    capped.destroy();
    body.bytes.destroy();
    body.deadline.end();
  });
  return readable;
}

async function* translate(content: Readable, { url, deadline }: Body): AsyncGenerator<Buffer> {
  try {
    yield* content;
  } catch (error) {
    if (deadline.isOver) throw tooSlow(url, error);
    if (deadline.signal.aborted) throw deadline.signal.reason;
    throw asWebRefusal(url, error);
  }
}

/** Counts only the time that we wait for the other side: whoever reads slowly here is not held against it. */
async function* pace({ url, bytes, limits }: Body): AsyncGenerator<Buffer> {
  const pieces = bytes[Symbol.asyncIterator]();
  let waited = 0;
  let seen = 0;
  try {
    for (;;) {
      const asked = performance.now();
      const { done, value } = (await pieces.next()) as IteratorResult<Buffer>;
      if (done) return;
      waited += performance.now() - asked;
      seen += value.length;
      if (waited > limits.patienceMs && seen < (waited / 1_000) * limits.leastBytesPerSecond) throw tooSlow(url);
      yield value;
    }
  } finally {
    await pieces.return?.();
  }
}
