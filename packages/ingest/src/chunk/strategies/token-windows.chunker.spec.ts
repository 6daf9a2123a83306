import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { anyText } from '../../fixtures/texts.js';
import { TokenMap } from '../tokens/token-map.js';
import { tokenWindows } from './token-windows.chunker.js';

const sizes = fc
  .integer({ min: 1, max: 30 })
  .chain((size) => fc.record({ size: fc.constant(size), overlap: fc.integer({ min: 0, max: Math.floor(size / 2) }) }));

/** The tokens of each window, as places in the text. */
function windowTokens(text: string, window: { size: number; overlap: number }): number[][] {
  const offsets = Array.from(simpleTokeniser.offsets(text));
  return [...tokenWindows(new TokenMap(text, simpleTokeniser), window)].map(({ start, end }) => offsets.filter((at) => at >= start && at < end));
}

describe('token windows', () => {
  it('U1: windows cover all tokens in their order', () => {
    return fc.assert(
      fc.property(anyText, sizes, (text, window) => expect([...new Set(windowTokens(text, window).flat())]).toEqual(Array.from(simpleTokeniser.offsets(text)))),
    );
  });

  it('U1: each window but the last has exactly as many tokens as asked for', () => {
    return fc.assert(
      fc.property(anyText, sizes, (text, window) => {
        const counts = windowTokens(text, window).map((tokens) => tokens.length);
        expect(counts.slice(0, -1).every((count) => count === window.size)).toBe(true);
        expect(counts.at(-1) ?? 0).toBeLessThanOrEqual(window.size);
      }),
    );
  });

  it('U1: each window begins with exactly the last tokens of the one before it', () => {
    return fc.assert(
      fc.property(anyText, sizes, (text, window) => {
        const windows = windowTokens(text, window);
        const { overlap } = window;
        for (let i = 1; i < windows.length; i++) expect(windows[i]?.slice(0, overlap)).toEqual(overlap === 0 ? [] : windows[i - 1]?.slice(-overlap));
      }),
    );
  });
});
