import type { ChunkerDefinition } from '../chunker-definition.js';
import { definitionCuts, memberCuts, statementCuts } from '../cuts/code-cuts.js';
import { lineCuts, paragraphCuts } from '../cuts/line-cuts.js';
import { Labeller } from '../labeller.js';
import { CHUNK_SIZE_DOCS, ChunkSizeOptions } from '../options/chunk-size.options.js';
import { type Level, pack } from '../pack.js';
import { Pages } from '../pages.js';
import { TokenMap } from '../tokens/token-map.js';

const LEVELS: Level[] = [
  { cuts: definitionCuts, isClean: true },
  { cuts: statementCuts, isClean: true },
  { cuts: memberCuts },
  { cuts: paragraphCuts },
  { cuts: lineCuts },
];

export const codeChunker: ChunkerDefinition = {
  summary: 'Source code: whole definitions at the top, else statements, methods, blocks between empty lines, lines. Keeps the indentation.',
  options: { type: ChunkSizeOptions, docs: CHUNK_SIZE_DOCS },
  make: ({ chunk_size, chunk_overlap }, { tokeniser }) => ({
    *chunks(parsed) {
      const tokens = new TokenMap(parsed.text, tokeniser);
      const whole = { start: 0, end: parsed.text.length };
      const options = { levels: LEVELS, size: chunk_size, overlap: chunk_overlap, keepsIndentation: true };
      const labeller = new Labeller(parsed, tokens);
      for (const part of new Pages(parsed).partsOf([whole])) yield* labeller.label(pack(tokens, part, options));
    },
  }),
};
