import type { BigIntStats } from 'node:fs';
import type { SourceItem } from '../source.js';

// A change within one tick of the file system's clock leaves the times as they are; two seconds are enough for every file system in use.
const SETTLED_MS = 2_000;

/** What is known of a file without reading it. Other content has another version: a write always changes the time of the last change, which no program can set. */
export function factsOf({ size, mtimeMs, ctimeMs, mtimeNs, ctimeNs, ino }: BigIntStats): Pick<SourceItem, 'size' | 'modifiedAt' | 'version'> {
  const facts = { size: Number(size), modifiedAt: new Date(Number(mtimeMs)) };
  const isSettled = Date.now() - Number(ctimeMs) > SETTLED_MS;
  return isSettled ? { ...facts, version: [size, mtimeNs, ctimeNs, ino].map((part) => part.toString(36)).join('-') } : facts;
}
