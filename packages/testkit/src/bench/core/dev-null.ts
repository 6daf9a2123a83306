import { createWriteStream, type WriteStream } from 'node:fs';

/** Where the log lines of a measured service go: they are made, as in production, and then dropped. */
export function devNull(): WriteStream {
  return createWriteStream('/dev/null');
}
