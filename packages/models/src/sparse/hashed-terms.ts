import type { Analysis } from './analyse.js';
import { termHash } from './term-hash.js';

export interface HashedTerm {
  index: number;
  count: number;
  weight: number;
}

/** The terms by their hash, in ascending order; two terms with the same hash are one, their counts and weights added up. */
export function hashTerms({ terms }: Pick<Analysis, 'terms'>): HashedTerm[] {
  const byHash = new Map<number, HashedTerm>();
  for (const { text, count, weight } of terms) {
    const index = termHash(text);
    const known = byHash.get(index);
    if (known === undefined) byHash.set(index, { index, count, weight });
    else {
      known.count += count;
      known.weight += weight;
    }
  }
  return [...byHash.values()].sort((a, b) => a.index - b.index);
}
