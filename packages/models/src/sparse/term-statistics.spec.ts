import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_AVERAGE_LENGTH } from './bm25.js';
import { LANGUAGES } from './language.js';
import { statisticsFromBytes, statisticsToBytes } from './statistics-bytes.js';
import { type CountedDocument, TermStatistics } from './term-statistics.js';

const index = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 0xffff_ffff }), fc.constant(0xffff_ffff));
const document: fc.Arbitrary<CountedDocument> = fc.record(
  { indices: fc.uniqueArray(index, { maxLength: 20 }), length: fc.nat(2 ** 40), language: fc.constantFrom(...LANGUAGES) },
  { requiredKeys: ['indices', 'length'] },
);
const documents = fc.array(document, { maxLength: 12 });

function statisticsOf(counted: CountedDocument[]): TermStatistics {
  const statistics = new TermStatistics();
  for (const each of counted) statistics.add(each);
  return statistics;
}

it('what was added and removed in any order leaves no trace', () => {
  fc.assert(
    fc.property(documents, documents, fc.infiniteStream(fc.nat(1000)), (kept, gone, order) => {
      const statistics = statisticsOf([...gone, ...kept]);
      const shuffled = gone.map((each) => ({ each, at: order.next().value as number })).sort((a, b) => a.at - b.at);
      for (const { each } of shuffled) statistics.remove(each);
      expect(statistics.counts()).toEqual(statisticsOf(kept).counts());
    }),
  );
});

it('merged statistics count what both counted', () => {
  fc.assert(
    fc.property(documents, documents, (one, other) => {
      const merged = statisticsOf(one);
      merged.merge(statisticsOf(other));
      expect(merged.counts()).toEqual(statisticsOf([...one, ...other]).counts());
    }),
  );
});

it('what was written is read again, and equal statistics have equal bytes', () => {
  fc.assert(
    fc.property(documents, (counted) => {
      const bytes = statisticsToBytes(statisticsOf(counted));
      expect(statisticsFromBytes(bytes).counts()).toEqual(statisticsOf(counted).counts());
      expect(statisticsToBytes(statisticsOf([...counted].reverse()))).toEqual(bytes);
    }),
  );
});

it('bytes that were cut, lengthened or made up are refused', () => {
  const bytes = statisticsToBytes(statisticsOf([{ indices: [1, 70_000, 0xffff_ffff], length: 300, language: 'en' }]));
  for (let length = 0; length < bytes.length; length++) expect(() => statisticsFromBytes(bytes.slice(0, length))).toThrow(RangeError);
  expect(() => statisticsFromBytes(Uint8Array.of(...bytes, 0))).toThrow(RangeError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
      try {
        expect(statisticsToBytes(statisticsFromBytes(noise))).toEqual(noise);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2000 },
  );
});

it('a document that was never added is refused, and nothing changes', () => {
  const statistics = statisticsOf([{ indices: [1, 2], length: 5, language: 'en' }]);
  const before = statistics.counts();
  const strangers: CountedDocument[] = [
    { indices: [1, 3], length: 5 },
    { indices: [1], length: 6 },
    { indices: [1], length: 5, language: 'de' },
  ];
  for (const stranger of strangers) expect(() => statistics.remove(stranger)).toThrow(RangeError);
  expect(() => new TermStatistics().remove({ indices: [], length: 0 })).toThrow(RangeError);
  expect(statistics.counts()).toEqual(before);
});

it('nothing known: the default length, and every term counts the same', () => {
  const nothing = new TermStatistics();
  expect([nothing.averageLength, nothing.idfOf(1), nothing.idfOf(2)]).toEqual([DEFAULT_AVERAGE_LENGTH, 1, 1]);
});

it('languages of one document in twenty are told, the most frequent first', () => {
  const statistics = new TermStatistics();
  const add = (language: 'de' | 'en' | 'fr', times: number) => {
    for (let i = 0; i < times; i++) statistics.add({ indices: [i], length: 1, language });
  };
  add('de', 5);
  add('fr', 4);
  add('en', 91);
  expect(statistics.languages).toEqual(['en', 'de']);
});
