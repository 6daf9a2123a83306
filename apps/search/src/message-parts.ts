// A message of NATS holds a megabyte; JSON may write a character in three bytes.
const MOST_BYTES = 600_000;
const BYTES_PER_CHARACTER = 3;

/** Texts that go to a worker together: at most so many, and small enough for one message. */
export function messageParts(texts: readonly string[], most = Number.POSITIVE_INFINITY): string[][] {
  const parts: string[][] = [];
  let bytes = 0;
  for (const text of texts) {
    const size = JSON.stringify(text).length * BYTES_PER_CHARACTER;
    const last = parts.at(-1);
    bytes += size;
    if (last !== undefined && last.length < most && bytes <= MOST_BYTES) last.push(text);
    else {
      parts.push([text]);
      bytes = size;
    }
  }
  return parts;
}
