import { analyse, documentVector } from '@cairn/models/sparse';
import { afterEach, expect, it } from '@jest/globals';
import { TextWords } from '../../dist/embedding/text-words.js';

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

it('a long text keeps nobody else waiting', async () => {
  await words.of(['warm']);
  const long = words.of(['einige Wörter mit Umlauten und ohne '.repeat(25_000)]);
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  await long;
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

it('when the thread ends what it had in hand is rejected, and the next text gets a new one', async () => {
  const lost = words.of(['x '.repeat(500_000)]);
  const failure = lost.catch((error: Error) => error.message);
  await words.stop();
  expect(await failure).toContain('ended with code');
  expect(await words.of(['again'])).toHaveLength(1);
});
