import fs from 'node:fs';
import path from 'node:path';

const ROTATE_AT_BYTES = 20 * 1024 * 1024;

/** Opens a log for appending and returns its descriptor; a large one is first moved aside to `<name>.1`. */
export function openLog(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  if (sizeOf(file) > ROTATE_AT_BYTES) fs.renameSync(file, `${file}.1`);
  return fs.openSync(file, 'a', 0o600);
}

export function sizeOf(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last lines that were written to a log after `offset`. */
export function tailOf(file, offset = 0, lines = 20) {
  const size = sizeOf(file);
  const from = Math.max(offset, size - 16_384);
  if (size <= from) return '';
  return readFrom(file, from, size - from)
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .join('\n');
}

function readFrom(file, position, length) {
  const descriptor = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.toString('utf8', 0, fs.readSync(descriptor, buffer, 0, length, position));
  } finally {
    fs.closeSync(descriptor);
  }
}
