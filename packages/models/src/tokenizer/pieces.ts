function beginningOf(text: string, start: number): number {
  return text.charCodeAt(start) * 65_536 + (start + 1 < text.length ? text.charCodeAt(start + 1) : 0);
}

/** A vocabulary that can say which of its pieces stand at a place in a word. */
export class Pieces {
  private readonly ids = new Map<string, number>();
  // The longest piece that begins with these two code units: a word of random letters is not worth 18 tries at each place.
  private readonly longest = new Map<number, number>();

  add(piece: string, id: number): void {
    const beginning = beginningOf(piece, 0);
    this.ids.set(piece, id);
    this.longest.set(beginning, Math.max(piece.length, this.longest.get(beginning) ?? 0));
  }

  idOf(piece: string): number | undefined {
    return this.ids.get(piece);
  }

  /** Where the longest piece that begins at `start` ends; `start` when there is none. */
  longestMatch(word: string, start: number): number {
    const most = this.longest.get(beginningOf(word, start)) ?? 1;
    for (let end = Math.min(word.length, start + most); end > start; end--) {
      if (this.ids.has(word.slice(start, end))) return end;
    }
    return start;
  }
}
