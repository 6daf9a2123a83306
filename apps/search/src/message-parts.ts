import { inParts } from '@cairn/common';

// A message of NATS holds a megabyte; JSON may write a character in three bytes.
const MOST_BYTES = 600_000;
const BYTES_PER_CHARACTER = 3;

/** Texts that go to a worker together: at most so many, and small enough for one message. */
export function messageParts(texts: readonly string[], items?: number): string[][] {
  return inParts(texts, { ...(items === undefined ? {} : { items }), size: MOST_BYTES, sizeOf: (text) => JSON.stringify(text).length * BYTES_PER_CHARACTER });
}
