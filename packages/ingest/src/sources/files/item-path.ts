import { itemGone } from '../source-refused.js';

/** The path of an item, once it is sure that it goes down only: it comes back from wherever it was kept. */
export function itemPath(path: string): string {
  const names = path.split('/');
  if (path.includes('\0') || names.some((name) => name === '' || name === '.' || name === '..')) throw itemGone(path);
  return path;
}
