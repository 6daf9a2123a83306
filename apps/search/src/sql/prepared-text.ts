import type { Statement } from '@cairn/common';

/** Each is kept by every connection. */
const MOST = 200;
const NAMES = new Map<string, string>();

/** A text that comes again is prepared once for a connection, which saves more than half of what it takes; of many different ones, the first. */
export function preparedText(text: string): Statement | string {
  const name = NAMES.get(text) ?? (NAMES.size < MOST ? `statement_${NAMES.size}` : undefined);
  if (name === undefined) return text;
  NAMES.set(text, name);
  return { name, text };
}
