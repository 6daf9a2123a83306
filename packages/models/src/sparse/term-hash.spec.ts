import { expect, it } from '@jest/globals';
import { analyse } from './analyse.js';
import { documentVector } from './bm25.js';
import { hashTerms } from './hashed-terms.js';
import { termHash } from './term-hash.js';

// Made with another implementation.
it('the hash of a term never changes', () => {
  const terms = ['', 'a', 'err-4711', '4711', 'straße', '系统', '𠮷野'];
  expect(terms.map(termHash)).toEqual([2872998923, 444641715, 1190892984, 299936799, 1570736651, 661889543, 1100394910]);
});

it('the vector of a text never changes', () => {
  const text = 'The ERR-4711 connections, Häuser and 系统错误: see https://example.com/docs/a.html or mail jane.doe@example.com';
  const { indices, values } = documentVector(analyse(text));
  expect({ indices: [...indices], values: [...values].map((value) => value.toFixed(6)) }).toMatchInlineSnapshot(`
{
  "indices": [
    4926676,
    119153451,
    299936799,
    366959027,
    444641715,
    458471936,
    661889543,
    741542764,
    1190892984,
    1305964296,
    1424261540,
    1645009157,
    1779059222,
    2009014956,
    2020421025,
    2654982702,
    2693167230,
    2749991788,
    2902747871,
    2988654386,
    3305589240,
    3350315619,
    3435572031,
    3670308594,
    3674028980,
    3715275762,
    4045067253,
    4057309619,
    4061042134,
  ],
  "values": [
    "0.785083",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.785083",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.785083",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.646204",
    "0.785083",
    "0.646204",
  ],
}
`);
});

it('a million codes share no more hashes than chance says', () => {
  const hashes = new Set<number>();
  for (let code = 0; code < 1_000_000; code++) hashes.add(termHash(`err-${code}`));
  expect(1_000_000 - hashes.size).toBeLessThan(170);
});

it('two terms of a text with the same hash are one, their counts added up', () => {
  const [one, other] = twoTermsWithTheSameHash();
  const terms = [one, 'x', other].map((text, index) => ({ text, count: index + 1, weight: 1 }));
  expect(hashTerms({ terms })).toContainEqual({ index: termHash(one), count: 4, weight: 2 });
  expect(hashTerms({ terms })).toHaveLength(2);
});

function twoTermsWithTheSameHash(): [string, string] {
  const known = new Map<number, string>();
  for (let code = 0; ; code++) {
    const term = `t${code}`;
    const twin = known.get(termHash(term));
    if (twin !== undefined) return [twin, term];
    known.set(termHash(term), term);
  }
}
