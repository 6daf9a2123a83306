import { setImmediate as nextTurn } from 'node:timers/promises';

// Tokenising this many characters takes about 10 ms, then timers and sockets get their turn.
const CHARACTERS_PER_TURN = 200_000;

interface Encoding<Row> {
  encode(text: string): Row | Promise<Row>;
  /** Characters that are read with each text besides its own. */
  besides?: number;
  signal: AbortSignal | undefined;
}

/** The token rows of many texts, in order, without keeping the process from everything else. */
export async function encodeInTurns<Row>(texts: readonly string[], { encode, besides = 0, signal }: Encoding<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  let characters = 0;
  for (const text of texts) {
    signal?.throwIfAborted();
    rows.push(await encode(text));
    characters += text.length + besides;
    if (characters < CHARACTERS_PER_TURN) continue;
    characters = 0;
    await nextTurn();
  }
  return rows;
}
