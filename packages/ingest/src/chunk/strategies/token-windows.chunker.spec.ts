import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { byteTokeniser, simpleTokeniser } from '../../fixtures/simple-tokeniser.js';
import { anyText } from '../../fixtures/texts.js';
import type { Span } from '../span.js';
import type { OffsetTokeniser } from '../tokens/offset-tokeniser.js';
import { TokenMap } from '../tokens/token-map.js';
import { tokenWindows } from './token-windows.chunker.js';

const sizes = fc
  .integer({ min: 1, max: 30 })
  .chain((size) => fc.record({ size: fc.constant(size), overlap: fc.integer({ min: 0, max: Math.floor(size / 2) }) }));

/** As many windows as there may be: one that did not move on would come for ever. */
function spansOf(text: string, window: { size: number; overlap: number }, tokeniser: OffsetTokeniser): Span[] {
  const spans: Span[] = [];
  for (const span of tokenWindows(new TokenMap(text, tokeniser), window)) if (spans.push(span) > text.length) break;
  return spans;
}

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

  it('U1: move on where one character has so many tokens that a window is cut short before it', () => {
    const tokeniser: OffsetTokeniser = { offsets: (text) => Array.from(text, (character, at) => Array<number>(character === 'X' ? 6 : 1).fill(at)).flat() };
    const cut = (text: string) => spansOf(text, { size: 10, overlap: 5 }, tokeniser).map(({ start, end }) => text.slice(start, end));
    expect(cut('aaaaaaaXbbb')).toEqual(['aaaaaaa', 'aaaaX', 'Xbbb']);
    expect(cut('XXX')).toEqual(['X', 'X', 'X']);
  });

  it('U1: each ends behind the one before it, and none loses anything, however many tokens characters have', () => {
    const characters = fc.array(fc.constantFrom('a', 'é', '漢', '😀', ' '), { maxLength: 60 });
    return fc.assert(
      fc.property(characters, sizes, (parts, window) => {
        const text = parts.join('');
        let covered = 0;
        for (const { start, end } of spansOf(text, window, byteTokeniser)) {
          expect(text.slice(covered, Math.max(covered, start)).trim()).toBe('');
          expect(end).toBeGreaterThan(covered);
          covered = end;
        }
        expect(text.slice(covered).trim()).toBe('');
      }),
    );
  });
});
