import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Analysis, analyse } from './analyse.js';
import { LANGUAGES } from './language.js';

const weights = ({ terms }: Analysis) => Object.fromEntries(terms.map(({ text, weight }) => [text, weight]));
const texts = (analysis: Analysis) => analysis.terms.map(({ text }) => text);

describe('codes', () => {
  it.each([
    ['ERR-4711', ['err-4711', 'err', '4711']],
    ['ERR4711', ['err4711', 'err', '4711']],
    ['snake_case', ['snake_case', 'snake', 'case']],
    ['camelCase', ['camelcase', 'camel', 'case']],
    ['HTMLParser', ['htmlparser', 'html', 'parser']],
    ['v1.5.2', ['v1.5.2', 'v1', '5', '2', '1', '1.5.2']],
    ['jane.doe@example.com', ['jane.doe@example.com', 'jane.doe', 'example.com', 'jane', 'doe', 'example', 'com']],
    ['https://www.example.com/docs/a.html', ['example.com/docs/a.html', 'example.com', 'docs', 'a.html', 'example', 'com', 'a', 'html']],
    ['/var/log/error.log', ['var/log/error.log', 'var', 'log', 'error.log', 'error']],
    ['C:\\Temp\\a.txt', ['c:\\temp\\a.txt', 'c', 'temp', 'a.txt', 'a', 'txt']],
    ['std::push_back', ['std::push_back', 'std', 'push_back', 'push', 'back']],
    ['C++', ['c++', 'c']],
    ['C#', ['c#', 'c']],
  ])('%s stays whole, and its parts are terms', (text, expected) => {
    expect(texts(analyse(text, []))).toEqual(expected);
  });

  it.each(['ERR-4711', 'snake_case', 'jane.doe@example.com', '/var/log/error.log'])('the parts of %s together weigh less than the whole', (text) => {
    const [whole, ...parts] = analyse(text, 'en').terms.map(({ weight }) => weight);
    const ofParts = parts.reduce((sum, weight) => sum + weight, 0);
    expect(ofParts).toBeGreaterThan(0);
    expect(ofParts).toBeLessThanOrEqual(0.25 * 1.25 * (whole as number));
  });

  it('the language that a code looks like does not change it', () => {
    for (const language of LANGUAGES) expect(weights(analyse('user_settings', language))).toMatchObject({ user_settings: 1 });
  });

  it('a checksum is one term', () => {
    expect(texts(analyse('e3b0c44298fc1c149afbf4c8996fb924'))).toEqual(['e3b0c44298fc1c149afbf4c8996fb924']);
  });

  it('a code between letters of a script without spaces is found', () => {
    expect(texts(analyse('系统ERR-4711错误'))).toEqual(['系统', 'err-4711', 'err', '4711', '错误']);
  });

  it('hyphenated words are words, and found when written as one', () => {
    expect(weights(analyse('wi-fi', []))).toEqual({ wi: 1, fi: 1, wifi: 0.5 });
  });
});

describe('scripts', () => {
  it.each([
    ['我们的系统', ['我们', '们的', '的系', '系统']],
    ['猫', ['猫']],
    ['サーバー', ['サー', 'ーバ', 'バー']],
    ['ｻｰﾊﾞｰ', ['サー', 'ーバ', 'バー']],
    ['東京タワー', ['東京', '京タ', 'タワ', 'ワー']],
    ['서버가', ['서버', '버가']],
    ['คนดี', ['คน', 'นดี']],
    ['𠮷野', ['𠮷野']],
  ])('%s becomes pairs of letters', (text, expected) => {
    expect(texts(analyse(text))).toEqual(expected);
  });

  it('a mark is never torn off its letter', () => {
    for (const term of texts(analyse('กี่คืน', []))) expect(term).not.toMatch(/^\p{M}/u);
  });

  it.each([
    ['Café', 'cafe'],
    ['STRASSE', 'straße'],
    ['ΟΔΟΣ', 'οδός'],
    ['Ёлка', 'елка'],
    ['ＡＢＣ', 'abc'],
    ['ﬁle', 'file'],
    ['٤٧١١', '4711'],
    ['İSTANBUL', 'istanbul'],
    ['IŞIK', 'ışık'],
    ['co\u00adoperate', 'cooperate'],
    ['e\u0301te\u0301', 'été'],
    ['don’t', "don't"],
    ['a–b', 'a-b'],
  ])('%s is the same as %s', (one, other) => {
    expect(analyse(one, []).terms).toEqual(analyse(other, []).terms);
  });

  it.each([
    ['йод', 'иод'],
    ['їжак', 'іжак'],
    ['कि', 'का'],
    ['がき', 'かき'],
  ])('%s and %s are two words', (one, other) => {
    expect(texts(analyse(one, []))).not.toEqual(texts(analyse(other, [])));
  });
});

describe('languages', () => {
  it.each([
    ['Die Verbindungen zu den Häusern sind getrennt worden', 'de', ['verbind', 'hausern']],
    ['Ошибки подключения к серверам базы данных', 'ru', ['ошибк', 'сервер', 'серверам']],
    ['The connections to the databases were refused', 'en', ['connect', 'databas', 'databases']],
    ['Les connexions aux bases de données ont été refusées', 'fr', ['connex', 'refus', 'refusees']],
  ])('%s is in %s: its stems and its words are terms', (text, language, expected) => {
    const analysis = analyse(text);
    expect(analysis.languages).toEqual([language]);
    expect(texts(analysis)).toEqual(expect.arrayContaining(expected));
  });

  it('a word as it is written is a term whatever language was guessed', () => {
    const words = ['Häuser', 'running', 'серверами', 'connexions', 'ERR-4711', 'İstanbul', 'ışık', 'the', 'die'];
    const written = texts(analyse(words.join(' '), []));
    for (const language of LANGUAGES) expect(texts(analyse(words.join(' '), language))).toEqual(expect.arrayContaining(written));
  });

  it('stop words weigh nothing, capitals in a text of small letters are none', () => {
    expect(weights(analyse('the IT department of it', 'en'))).toMatchObject({ the: 0, of: 0, it: 1, depart: 1 });
  });

  it('of several languages the first one has the stem that weighs most', () => {
    expect(weights(analyse('Tunings', ['en', 'de']))).toEqual({ tune: 1, tuning: 0.25, tunings: 0.25 });
  });
});

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const codeLike = fc.string({ unit: fc.constantFrom(..."aZé9٣-_./\\:@#+?=&%~'ـ字ก็́ \u00ad"), maxLength: 60 });

it('no term is empty, none comes twice, and none weighs less than nothing', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, codeLike), fc.option(fc.constantFrom(...LANGUAGES), { nil: undefined }), (text, language) => {
      const { terms } = analyse(text, language);
      expect(terms.every((term) => term.text !== '' && term.count > 0 && term.weight >= 0)).toBe(true);
      expect(new Set(terms.map((term) => term.text)).size).toBe(terms.length);
    }),
    { numRuns: 2000 },
  );
});

it('terms of a text stay when other words come before and after it', () => {
  fc.assert(
    fc.property(codeLike, (text) => {
      const around = new Set(texts(analyse(`x ${text} y`, [])));
      expect(texts(analyse(text, [])).filter((term) => !around.has(term))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

it.each([
  'word ',
  'a',
  'aA',
  'a1',
  'a.b',
  'ab/cd-ef_gh.',
  '\u0301\u0323',
  '7',
  'a&',
  "d'",
  'x++',
  'a#',
  'é',
  '字',
  'ที่',
  'http://',
  'a\u{1f600}',
  '\ud800',
  '\u00ad',
  ':\\',
])('a megabyte of %j is read in time that grows with it', (piece) => {
  expect(analyse(piece.repeat(1_000_000 / piece.length)).terms.length).toBeLessThan(20);
});
