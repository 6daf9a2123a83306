import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cleanText } from './clean-text.js';
import { KeywordCounter } from './keywords.js';

function keywordsOf(...pieces: string[]): string[] {
  const counter = new KeywordCounter();
  for (const piece of pieces) counter.add(piece);
  return counter.keywords();
}

const CONTRACT = `This contract is made between the supplier and the customer. The supplier delivers the goods within thirty days. Where the supplier is late, the customer
may end the contract. A notice period of three months applies. During the notice period the contract goes on, and the supplier keeps delivering the goods.`;

describe('R9: keywords', () => {
  it('are what an English text is about, without the words that any text has', () => {
    const keywords = keywordsOf(CONTRACT);
    expect(keywords.slice(0, 6)).toEqual(expect.arrayContaining(['contract', 'supplier', 'notice period']));
    expect(keywords).not.toEqual(expect.arrayContaining(['the']));
    expect(keywords.length).toBeLessThanOrEqual(20);
  });

  it('are one for all forms of a word, in the form that comes most', () => {
    const keywords = keywordsOf('The servers are down. A server was restarted. All servers must be patched, the servers of today.');
    expect(keywords).toContain('servers');
    expect(keywords).not.toContain('server');
  });

  it.each([
    [
      'de',
      'Der Mietvertrag beginnt am Montag. Der Vermieter und der Mieter unterschreiben den Mietvertrag. Die Kündigungsfrist des Mietvertrags ist lang.',
      'mietvertrag',
    ],
    ['ru', 'Договор вступает в силу сегодня. Этот договор подписан сторонами. Стороны могут изменить договор.', 'договор'],
    ['zh', '机器学习是人工智能的一个分支。机器学习使用数据。我们可以通过机器学习处理数据。', '机器学习'],
    ['ja', '契約は東京で締結された。この契約の期間は一年である。契約を更新する。', '契約'],
  ])('of a text in %s', (_, text, keyword) => {
    expect(keywordsOf(text).slice(0, 5)).toContain(keyword);
  });

  it('are no codes, numbers or addresses', () => {
    expect(keywordsOf('ERR-4711 ERR-4711 2024 2024 jane@example.org https://x.org/contract snake_case snake_case')).toEqual([]);
  });

  it('are the same however the text came, and in however many pieces', () => {
    const sentences = CONTRACT.split(/(?<=\.) /);
    expect(keywordsOf(...sentences.map((sentence) => `${sentence} `))).toEqual(keywordsOf(CONTRACT));
  });

  it('stand in the text', () => {
    const words = fc.constantFrom(
      'contract',
      'law',
      'Vertrag',
      '契約',
      '机器学习',
      'don’t',
      'well-known',
      'and/or',
      'the',
      'ＡＢＣＤ',
      '. ',
      ', ',
      '* ',
      'ERR-4711',
      'é',
      '서버가',
    );
    const text = fc
      .array(fc.oneof({ weight: 6, arbitrary: words }, fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 60 })
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(text, (given) => {
        const clean = cleanText(given).toLowerCase().replace(/\s+/g, ' ');
        for (const keyword of keywordsOf(given)) expect(clean).toContain(keyword);
      }),
      { numRuns: 300 },
    );
  });

  it.each(['word ', 'a', '字', 'ที่', "d'", 'a-', 'a.b', ' ', '\n', '. ', '\u0301', 'the ', '机器学习', '\u{1f600}', `${'.'.repeat(249_999)}x`])(
    'of a megabyte of %j are few, and come soon',
    (piece) => {
      const began = process.cpuUsage();
      expect(keywordsOf(piece.repeat(1_000_000 / piece.length)).length).toBeLessThan(20);
      const { user, system } = process.cpuUsage(began);
      expect((user + system) / 1e6).toBeLessThan(10);
    },
  );

  it('of a text of nothing but different words are counted in bounded memory', () => {
    const word = (at: number) => at.toString(26).replace(/[0-9]/g, (digit) => 'qrstuvwxyz'.charAt(Number(digit)));
    const text = Array.from({ length: 200_000 }, (_, at) => `wort${word(at)}`).join(' ');
    expect(keywordsOf(text).length).toBe(20);
  });
});
