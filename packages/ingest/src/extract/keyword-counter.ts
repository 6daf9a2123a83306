/** Counts the words of a text that comes in pieces, and says what it is about. */
export interface KeywordCounter {
  add(piece: string): void;
  /** The weightiest first, in lower case. */
  keywords(): string[];
}

/** What a module of such counters exports: languages are known by another package, which this one does not know. */
export interface KeywordCounters {
  openKeywordCounter(): KeywordCounter;
}
