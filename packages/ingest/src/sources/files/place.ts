import { realpath } from 'node:fs/promises';
import { isAbsolute, normalize } from 'node:path';
import type { Subject } from '../../refused.js';
import type { SourceRules } from '../source.js';
import { notAbsolute, notThere, outsideRoots } from '../source-refused.js';
import { isInside } from './open-inside.js';

/** Where a local source is: real paths only. */
export interface Place {
  path: string;
  roots: readonly string[];
}

const MOST_PATH = 4_096;

const withoutSlash = (path: string): string => (path === '/' ? path : path.replace(/\/+$/, ''));

/** One spelling of a path for all that mean the same by their letters: without a slash at the end, two in a row, or a dot. */
export const spelledPath = (path: string): string => withoutSlash(normalize(path));

/** Real paths of the roots that are there. */
async function realRoots(roots: readonly string[]): Promise<string[]> {
  const found = await Promise.all(roots.filter(isAbsolute).map((root) => realpath(root).catch(() => undefined)));
  return found.filter((root) => root !== undefined);
}

/**
 * The real path that a caller's path means, if it is below a root. A path that is not so by its letters alone is refused before anything
 * is looked at, so that the answer says nothing about what there is.
 */
export async function placeOf(subject: Subject, { roots }: Pick<SourceRules, 'roots'>): Promise<Place> {
  const { value } = subject;
  if (!isAbsolute(value) || value.includes('\0') || value.length > MOST_PATH || value.split('/').includes('..')) throw notAbsolute(subject);
  const path = spelledPath(value);
  const real = await realRoots(roots);
  if (!isInside(path, [...roots.map(spelledPath), ...real])) throw outsideRoots(subject);
  const target = await realpath(path).catch((error) => {
    throw notThere(subject, error);
  });
  if (!isInside(target, real)) throw notThere(subject);
  return { path: target, roots: real };
}
