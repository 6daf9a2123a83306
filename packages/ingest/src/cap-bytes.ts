import { pipeline, type Readable, Transform } from 'node:stream';

/** The same stream, that ends with an error when more bytes come than are allowed. Whatever ends one of the two ends both. */
export function capBytes(source: Readable, maxBytes: number, tooLarge: () => Error): Readable {
  let seen = 0;
  const capped = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(tooLarge());
      else done(null, chunk);
    },
  });
  // How it ended is an event of the capped stream, which the caller has.
  pipeline(source, capped, () => undefined);
  return capped;
}
