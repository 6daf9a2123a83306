import { describe, expect, it } from '@jest/globals';
import { microsecondsOf } from './moment.js';

describe('microsecondsOf', () => {
  it('reads one moment from every way to write it', () => {
    const texts = ['2020-06-01T00:00:00Z', '2020-06-01t00:00:00.000z', '2020-06-01T02:00:00+02:00', '2020-05-31T18:30:00-05:30', '2020-06-01'];
    expect(new Set(texts.map(microsecondsOf))).toEqual(new Set([1_590_969_600_000_000n]));
  });

  it('keeps microseconds and cuts off what is finer', () => {
    expect(microsecondsOf('1970-01-01T00:00:00.123456999Z')).toBe(123_456n);
    expect(microsecondsOf('1969-12-31T23:59:59.9Z')).toBe(-100_000n);
  });

  it.each(['0000-01-01', '2023-02-29', '2024-02-30T00:00:00Z', '2024-13-01', '2024-01-01T24:00:00Z', '2016-12-31T23:59:60Z', '2024-01-01T00:00:00'])(
    'reads no moment from %s',
    (text) => expect(microsecondsOf(text)).toBeUndefined(),
  );

  it.each([
    '2024-01-01T00:00:00+16:00',
    '2024-01-01T00:00:00.Z',
    '2024-01-01 00:00:00Z',
    '2024-1-1',
    '20240101',
    ' 2024-01-01',
    '2024-01-01\n',
    '٢٠٢٤-٠١-٠١',
    '',
  ])('reads no moment from %j', (text) => expect(microsecondsOf(text)).toBeUndefined());
});
