import { isInsidePair } from '../chunk/characters.js';

// Read in a few tens of milliseconds.
const LONGEST = 50_000;
/** How far back a better place for a cut is looked for. */
const LOOKED_BACK = 2_000;

/** The text in pieces that are cut where a line ends, or else between two words. */
export function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = endOfPiece(text, start);
    yield text.slice(start, end);
    start = end;
  }
}

function endOfPiece(text: string, start: number): number {
  const most = start + LONGEST;
  if (most >= text.length) return text.length;
  const tail = text.slice(most - LOOKED_BACK, most);
  const cut = Math.max(tail.lastIndexOf('\n'), 0) || tail.search(/\s\S*$/u);
  if (cut > 0) return most - LOOKED_BACK + cut;
  return isInsidePair(text, most) ? most - 1 : most;
}
