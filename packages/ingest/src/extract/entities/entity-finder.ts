/** Something of an exact kind that stands in a text. */
export interface FoundEntity {
  /** As it is kept: the same thing written in two ways has one value. */
  value: string;
  start: number;
  end: number;
}

/** All of a kind in a text, in their order. The time that it takes grows with the length of the text and with nothing else: no part is read more than a bounded number of times. */
export type EntityFinder = (text: string) => Iterable<FoundEntity>;

/** Those matches of a pattern that `read` makes a value of. */
export function* matchesOf(text: string, pattern: RegExp, read: (match: RegExpMatchArray) => string | undefined): Generator<FoundEntity> {
  for (const match of text.matchAll(pattern)) {
    const value = read(match);
    if (value !== undefined) yield { value, start: match.index, end: match.index + match[0].length };
  }
}
