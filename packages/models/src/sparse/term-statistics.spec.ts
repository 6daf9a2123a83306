import { expect, it } from '@jest/globals';
import { DEFAULT_AVERAGE_LENGTH, inverseDocumentFrequency } from './bm25.js';
import { SummedStatistics, TermStatistics } from './term-statistics.js';

it('nothing known: the default length, and every term counts the same', () => {
  const nothing = new TermStatistics();
  expect([nothing.averageLength, nothing.idfOf(1), nothing.idfOf(2)]).toEqual([DEFAULT_AVERAGE_LENGTH, 1, 1]);
});

it('a term weighs by how many documents have it', () => {
  const statistics = new TermStatistics();
  for (const indices of [[1, 0xffff_ffff], [1], [1, 2]]) statistics.add({ indices, length: indices.length });
  expect([1, 2, 3].map((index) => statistics.idfOf(index))).toEqual([3, 1, 0].map((containing) => inverseDocumentFrequency(3, containing)));
  expect([statistics.documents, statistics.terms, statistics.averageLength]).toEqual([3, 3, 5 / 3]);
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

it('several together say what one of all their documents says', () => {
  const documents = Array.from({ length: 40 }, (_, at) => ({ indices: [at % 3, 10 + (at % 7)], language: (['de', 'en', 'fr'] as const)[at % 3] }));
  const [whole, one, other] = [new TermStatistics(), new TermStatistics(), new TermStatistics()];
  for (const [at, document] of documents.entries()) {
    whole.add(document);
    (at < 31 ? one : other).add(document);
  }
  const sum = new SummedStatistics([one, other]);
  const terms = Array.from({ length: 20 }, (_, index) => index);
  expect(terms.map((term) => sum.containing(term))).toEqual(terms.map((term) => whole.containing(term)));
  expect([sum.documents, sum.languages]).toEqual([whole.documents, whole.languages]);
});
