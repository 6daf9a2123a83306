import { afterEach, expect, it } from '@jest/globals';
import { queryWeights } from '../../dist/sparse/bm25.js';
import { analyse, documentVector, queryLanguages, TextWords } from '../../dist/sparse/index.js';

let words = new TextWords();
afterEach(async () => {
  await words.stop();
  words = new TextWords();
});

it('V9: finds the words of each text, in order, beside other calls', async () => {
  const texts = ['The pump stopped with ERR-4711.', '', 'Viele Häuser stehen am Fluss.'];
  const [found, other] = await Promise.all([words.of(texts), words.of(['other words'])]);
  expect(found.map(({ terms }) => terms)).toEqual([documentVector(analyse(texts[0] as string)), undefined, documentVector(analyse(texts[2] as string))]);
  expect(found.map(({ language }) => language)).toEqual(['en', undefined, 'de']);
  expect(other).toHaveLength(1);
});

it('V9: a long query has the same words in the thread, and keeps nobody else waiting', async () => {
  const text = 'Viele Häuser am Fluss, ERR-4711 and the pumps: '.repeat(2_000);
  const expected = queryWeights(analyse(text, queryLanguages(text, ['de'])));
  await words.of(['warm']);
  const found = words.queryWeights(text, ['de']);
  let turns = 0;
  const timer = setInterval(() => turns++, 2);
  expect(await found).toEqual(expected);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
  expect(await words.queryWeights('the pump', ['de'])).toEqual(queryWeights(analyse('the pump', queryLanguages('the pump', ['de']))));
});

it('a long text keeps nobody else waiting', async () => {
  await words.of(['warm']);
  const long = words.of(['einige Wörter mit Umlauten und ohne '.repeat(25_000)]);
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  await long;
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

it('when it stops what is in hand is rejected as an outage', async () => {
  const lost = expect(words.of(['x '.repeat(500_000)])).rejects.toMatchObject({ code: 'unavailable', dependency: 'model' });
  await Promise.all([words.stop(), lost]);
});
