import { PairTable } from './pair-table.js';

const ROOT = 0;

/** Says which pieces of a vocabulary begin at a place in a word. */
export class Trie {
  private readonly children = new PairTable();
  private readonly ids = new Map<number, number>();
  private nodes = 1;

  add(piece: string, id: number): void {
    let node = ROOT;
    for (let i = 0; i < piece.length; i++) node = this.childOf(node, piece.charCodeAt(i));
    this.ids.set(node, id);
  }

  idOf(piece: string): number | undefined {
    let found: number | undefined;
    this.match(piece, 0, (end, id) => {
      if (end === piece.length) found = id;
    });
    return found;
  }

  /** Calls `take` with the end and the id of each piece that begins at `start`, from the shortest to the longest. */
  match(word: string, start: number, take: (end: number, id: number) => void): void {
    let node: number | undefined = ROOT;
    for (let at = start; at < word.length; at++) {
      node = this.children.get(node, word.charCodeAt(at));
      if (node === undefined) return;
      const id = this.ids.get(node);
      if (id !== undefined) take(at + 1, id);
    }
  }

  private childOf(node: number, code: number): number {
    const known = this.children.get(node, code);
    if (known !== undefined) return known;
    this.children.set(node, code, this.nodes);
    return this.nodes++;
  }
}
