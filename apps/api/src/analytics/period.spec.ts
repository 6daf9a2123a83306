import { describe, expect, it } from '@jest/globals';
import { periodOf } from './period.js';

const period = (from?: string, to?: string) => periodOf(['from', from], ['to', to]);

describe('the time that is asked for', () => {
  it.each([
    [undefined, undefined],
    ['2026-01-31T12:00:00Z', undefined],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000001Z'],
  ])('A1: from %s to %s is handed on', (from, to) => {
    expect(period(from, to)).toEqual({ from, to });
  });

  it('A1: a date alone is its midnight in UTC', () => {
    expect(period('2026-01-31', '2026-02-01')).toEqual({ from: '2026-01-31T00:00:00Z', to: '2026-02-01T00:00:00Z' });
  });

  it.each(['yesterday', '', '2026-02-30', '2026-W05', '2026-01-31T12:00:00', '2026-01-31T24:00:00Z'])('A1: %j is refused', (text) => {
    expect(() => period(text)).toThrow('from must be a date');
    expect(() => period(undefined, text)).toThrow('to must be a date');
  });

  it('A1: a time that ends where it begins, or before, is refused', () => {
    for (const to of ['2026-01-31', '2026-01-30T23:59:59Z']) expect(() => period('2026-01-31T00:00:00Z', to)).toThrow('from must be before to');
  });
});
