import { must } from './violation.js';
import { TEXT_MARK } from './words.js';

/** What was asked of one document: a text of so many parts, or that it be gone. */
export interface Edition {
  number: number;
  /** 0 where it is to be gone. */
  parts: number;
  sentAt: number;
  /** From when on it was known to be live, or a later one in its place. */
  doneAt: number;
}

export interface ShelfHit {
  external_id: string;
  text: string;
}

const MOST_PARTS = 6;
const PART = new RegExp(`${TEXT_MARK} (\\S+) edition (\\d+) part (\\d+)`, 'g');

/** Every part says whose it is, so that a search tells which edition it saw, and whether it saw the whole of it. */
export function textOf(name: string, { number, parts }: Pick<Edition, 'number' | 'parts'>): string {
  return Array.from({ length: parts }, (_, part) => `${TEXT_MARK} ${name} edition ${number} part ${part} stands upon the shelf.`).join(' ');
}

/** What was asked of the documents of one collection, in its order, and what may be found of them. */
export class Shelf {
  private readonly editions = new Map<string, Edition[]>();
  private numbers = 0;

  get names(): string[] {
    return [...this.editions.keys()];
  }

  write(name: string): Edition {
    const number = ++this.numbers;
    return this.add(name, 1 + (number % MOST_PARTS), number);
  }

  erase(name: string): Edition {
    return this.add(name, 0, ++this.numbers);
  }

  last(name: string): Edition | undefined {
    return this.editions.get(name)?.at(-1);
  }

  /** An answer with all chunks of the collection: of each document it must show one edition that was live at some moment between the two, complete. */
  judge(hits: ShelfHit[], from: number, to: number): void {
    const found = this.partsIn(hits);
    for (const name of new Set([...this.editions.keys(), ...found.keys()])) {
      const possible = this.possible(name, from, to);
      const seen = (found.get(name) ?? []).sort();
      const isWhole = possible.some((edition) => sameParts(seen, edition));
      const wanted = possible.map(({ number, parts }) => `${number} of ${parts}`).join(' or ');
      must(
        isWhole,
        'G6',
        `a search of ${Math.round(to - from)} ms found of ${name} the parts ${seen.join(' ') || 'none'} instead of edition ${wanted}, ${new Date().toISOString()}`,
      );
    }
  }

  private partsIn(hits: ShelfHit[]): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const { text } of hits)
      for (const [, name, edition, part] of text.matchAll(PART)) found.set(name as string, [...(found.get(name as string) ?? []), `${edition}/${part}`]);
    return found;
  }

  private possible(name: string, from: number, to: number): Edition[] {
    const all = [NOTHING, ...(this.editions.get(name) ?? [])];
    const known = all.findLastIndex(({ doneAt }) => doneAt < from);
    return all.slice(known).filter(({ sentAt }) => sentAt < to);
  }

  private add(name: string, parts: number, number: number): Edition {
    const edition = { number, parts, sentAt: performance.now(), doneAt: Number.POSITIVE_INFINITY };
    this.editions.set(name, [...(this.editions.get(name) ?? []), edition]);
    return edition;
  }
}

const NOTHING: Edition = { number: 0, parts: 0, sentAt: Number.NEGATIVE_INFINITY, doneAt: Number.NEGATIVE_INFINITY };

function sameParts(seen: string[], { number, parts }: Edition): boolean {
  const wanted = Array.from({ length: parts }, (_, part) => `${number}/${part}`).sort();
  return wanted.join() === seen.join();
}
