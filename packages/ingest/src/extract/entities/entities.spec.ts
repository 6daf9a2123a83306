import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ENTITY_FINDERS, EntityCollector, type EntityKind } from './entities.js';

const KINDS = Object.keys(ENTITY_FINDERS) as EntityKind[];
const found = (kind: EntityKind, text: string) => Array.from(ENTITY_FINDERS[kind](text), ({ value }) => value);

describe('R9: entities of a text', () => {
  it.each<[EntityKind, string, string[]]>([
    ['emails', 'Write to Jane.Doe+news@Example.co.uk, or <info@müller.de>.', ['jane.doe+news@example.co.uk', 'info@müller.de']],
    ['emails', "mailto:a_b@x.org 'c@d.info' https://x.org/?to=e@f.com", ['a_b@x.org', 'c@d.info', 'e@f.com']],
    ['emails', 'a@b, @c.de, d..e@f.de, g.@h.de, x@y.z1, 3 apples @ 4 each', []],
    [
      'urls',
      'See (https://en.wikipedia.org/wiki/Go_(game)), http://a.de/b?c=d#e. FTP://x.org!',
      ['https://en.wikipedia.org/wiki/Go_(game)', 'http://a.de/b?c=d#e', 'FTP://x.org'],
    ],
    ['urls', '请看https://例子.测试/路径。好 <https://x.org/a>', ['https://例子.测试/路径', 'https://x.org/a']],
    ['urls', 'https:// http://nothing javascript://x.org xhttp://x.org', []],
    ['dates', '2024-03-12, 2024/3/12, 2024.03.12 and 2023-12-31T23:59:59Z', ['2024-03-12', '2024-03-12', '2024-03-12', '2023-12-31']],
    ['dates', 'am 12.3.2024, 12. März 2024, den 1. 4. 2024', ['2024-03-12', '2024-04-01', '2024-03-12']],
    ['dates', '12 March 2024; March 12, 2024; Mar. 12, 2024; the 2nd of May, 2021', ['2024-03-12', '2021-05-02', '2024-03-12', '2024-03-12']],
    ['dates', 'le 1er juillet 2024, 12 de marzo de 2024, 5 de março de 2024, 12 марта 2024', ['2024-07-01', '2024-03-12', '2024-03-05', '2024-03-12']],
    ['dates', '2024年3月12日 2024년 3월 12일', ['2024-03-12', '2024-03-12']],
    ['dates', '13/02/2024 02/13/2024 02/02/2024', ['2024-02-13', '2024-02-13', '2024-02-02']],
    ['dates', '03/02/2024, 31.02.2024, 2023-02-29, 99.99.2024, 1.2.3.2024, 12 Marchs 2024, 10.0.0.2024', []],
    ['amounts', '€ 1.200,50, 1,200.50 EUR, EUR 1200.5, 1’200.50 EUR', ['EUR 1200.5', 'EUR 1200.5', 'EUR 1200.5', 'EUR 1200.5']],
    ['amounts', '$5, US$ 5.00, £1,000,000, 100 zł, 99 kr, ¥300', ['$ 5', 'USD 5', 'GBP 1000000', '¥ 300', 'PLN 100', 'kr 99']],
    ['amounts', '$1.5 million, 3 EURO, MYUSD 5, 1.2.3 EUR', []],
    ['phones', '+49 (0)30 1234-567, +1 (555) 123-4567, +442071838750', ['+49301234567', '+15551234567', '+442071838750']],
    ['phones', 'Tel.: 030 1234567, Fax 040/7654321', ['0301234567', '0407654321']],
    ['phones', '1234567, +12, 2+2345678, 030 1234567', []],
    ['codes', 'ERR-4711, CVE-2024-1234 and ABC_12; (ORA00600) ISO-27001.', ['ERR-4711', 'CVE-2024-1234', 'ABC_12', 'ORA00600', 'ISO-27001']],
    ['codes', 'id 753EE532-60b1-4aa4-dc7d-4fb151e78483', ['753ee532-60b1-4aa4-dc7d-4fb151e78483']],
    ['codes', '系统报告ERR-4711错误', ['ERR-4711']],
    ['codes', 'READ-ONLY err-4711 /tmp/ERR-4711 A@ERR-4711 X-1 the-ERR-4711', []],
  ])('%s in %j', (kind, text, values) => {
    expect(found(kind, text)).toEqual(values);
  });

  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(...'aZ09 @.-_/:+()€$,年月日\u00a0\n漢'), maxLength: 80 }),
  );
  const known = fc.constantFrom('jane@x.org', 'https://x.org/a', '2024-03-12', '12 March 2024', '€ 5,50', '+49 30 1234567', 'ERR-4711');
  const piecewise = fc.array(fc.oneof(anything, known), { maxLength: 8 }).map((parts) => parts.join(' '));

  it.each(KINDS)('every one of the %s stands in the text, where it is said to be', (kind) => {
    fc.assert(
      fc.property(piecewise, (text) => {
        for (const { value, start, end } of ENTITY_FINDERS[kind](text)) {
          const written = text.slice(start, end);
          expect(written).not.toBe('');
          expect(Array.from(ENTITY_FINDERS[kind](written), (again) => again.value)).toContain(value);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps each once, and no more than fifty of a kind', () => {
    const collector = new EntityCollector();
    for (let at = 0; at < 200; at++) collector.add(`ERR-${at} and again ERR-${at}, a${at}@x.org`);
    const { codes, emails, urls } = collector.entities();
    expect([codes.length, codes[0], codes[49], emails.length, urls]).toEqual([50, 'ERR-0', 'ERR-49', 50, []]);
  });

  it.each([
    '@',
    'a@',
    'a@a',
    '.@.',
    `@${'a'.repeat(62)}`,
    'http://',
    'http://[',
    'http://((((',
    '1',
    '1 ',
    '1.',
    '1,',
    '1.111.',
    '1-1/',
    '€',
    '€1',
    '€1.111',
    '+1 ',
    '+1',
    'tel 1 1 ',
    'A-',
    'A1-',
    'A1_A1',
    'AB1',
    'mar 1 ',
    '12 mar ',
    'a',
    '1年1月',
    ' ',
    'e',
    '\u00a0',
  ])('a megabyte of %j is read in time that grows with it', (piece) => {
    const text = piece.repeat(1_000_000 / piece.length);
    expect(millisecondsFor(text)).toBeLessThan(10_000); // where all is looked at again for each letter, minutes
  });
});

function millisecondsFor(text: string): number {
  const began = process.cpuUsage();
  for (const kind of KINDS) for (const _ of ENTITY_FINDERS[kind](text));
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}
