import { type Entities, EntityCollector } from './entities/entities.js';
import type { KeywordCounter } from './keyword-counter.js';
import { piecesOf } from './pieces.js';

/** What stands in a text, found without a model of its language. */
export interface Extracted {
  keywords: string[];
  entities: Entities;
}

/** Behind it nothing is looked at: the largest book is shorter, and what is longer is data. */
const LONGEST_READ = 4_000_000;

/** Rests between pieces, so that others have their turn. */
export async function extract(text: string, { counter, rest }: { counter: KeywordCounter; rest: () => Promise<void> }): Promise<Extracted> {
  const collector = new EntityCollector();
  for (const piece of piecesOf(text.slice(0, LONGEST_READ).toWellFormed())) {
    collector.add(piece);
    counter.add(piece);
    await rest();
  }
  return { keywords: counter.keywords(), entities: collector.entities() };
}
