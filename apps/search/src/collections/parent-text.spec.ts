import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { AROUND_CHARACTERS, parentTextOf } from './parent-text.js';

interface Span {
  start: number;
  end: number;
}

const part = (text: string, { start, end }: Span) => ({ text: text.slice(start, end), start, end, isCut: false });
const chunkIn = (text: string, span: Span, parent: Span | null) => ({
  ...part(text, span),
  parentStart: parent?.start ?? null,
  parentEnd: parent?.end ?? null,
});

/** A text of words and white space, and the spans of chunks that hold all of it but white space; some overlap. */
const cutText = fc
  .array(fc.tuple(fc.constantFrom('ferry', 'noon', 'ä😀', 'x'), fc.constantFrom(' ', '\n', '\n\n  ', '\t'), fc.nat(1)), { minLength: 1, maxLength: 30 })
  .map((words) => {
    let text = '';
    const spans = words.map(([word, gap, overlap], at) => {
      const start = Math.max(0, text.length - (overlap && at > 0 ? gap.length + 1 : 0));
      text += word;
      const end = text.length;
      text += gap;
      return { start, end };
    });
    return { text, spans };
  });

describe('the parent of a hit', () => {
  it('U5: has every character of the text in its place, but for the kind of white space', () => {
    const blank = (text: string) => text.replace(/\s/g, ' ');
    return fc.assert(
      fc.property(cutText, fc.nat(), ({ text, spans }, pick) => {
        const at = pick % spans.length;
        const whole = { start: 0, end: text.length };
        const chunk = chunkIn(text, spans[at] as Span, whole);
        const parts = spans.filter((_, other) => other !== at).map((span) => part(text, span));
        const parent = parentTextOf(chunk, parts);
        const { start } = spans[0] as Span;
        const end = Math.max(...spans.map((span) => span.end));
        expect({ ...parent, text: blank(parent.text) }).toEqual({ kind: 'parent', text: blank(text.slice(start, end)), start, end, truncated: false });
        expect(parent.text.slice(chunk.start - parent.start, chunk.end - parent.start)).toBe(chunk.text);
      }),
      { numRuns: 300 },
    );
  });

  it('U5: is cut where it goes on for long, never inside of a letter, and says so', () => {
    for (const own of ['x', 'xy']) {
      const [before, after] = ['a😀'.repeat(3_001), '😀b'.repeat(3_001)];
      const text = before + own + after;
      const span = { start: before.length, end: before.length + own.length };
      const parts = [part(text, { start: 0, end: span.start }), part(text, { start: span.end, end: text.length })];
      const parent = parentTextOf(chunkIn(text, span, { start: 0, end: text.length }), parts);
      expect(parent.text).toBe(text.slice(parent.start, parent.end));
      expect(parent.text).not.toMatch(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/);
      expect([span.start - parent.start, parent.end - span.end].every((shown) => shown >= AROUND_CHARACTERS - 1 && shown <= AROUND_CHARACTERS)).toBe(true);
      expect(parent.truncated).toBe(true);
    }
  });

  it('U5: says that it is cut where parts of it were not read', () => {
    const text = 'one two three';
    const chunk = chunkIn(text, { start: 4, end: 7 }, { start: 0, end: 100_000 });
    expect(parentTextOf(chunk, [part(text, { start: 0, end: 3 })])).toMatchObject({ text: 'one two', truncated: true });
    const lone = chunkIn(text, { start: 4, end: 7 }, null);
    expect(parentTextOf(lone, [])).toEqual({ kind: 'neighbours', text: 'two', start: 4, end: 7, truncated: false });
    expect(parentTextOf(lone, [{ ...part(text, { start: 8, end: 13 }), isCut: true }]).truncated).toBe(true);
  });
});
