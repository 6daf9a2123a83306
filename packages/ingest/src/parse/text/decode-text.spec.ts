import { describe, expect, it } from '@jest/globals';
import iconv from 'iconv-lite';
import { decodeText } from './decode-text.js';
import { isText } from './is-text.js';

const TEXTS = {
  de: 'Für die Prüfung müssen die Öffnungen gründlich gesäubert und die Schläuche gelöst werden.',
  fr: "L’été dernier, l'élève a reçu sa première leçon à l’école près de Nîmes – c’était très agréable, 5 €.",
  ru: 'Насос в седьмом зале был выключен незадолго до полуночи, потому что его подшипник нагрелся.',
  pl: 'Zażółć gęślą jaźń. Pompa w hali siódmej została wyłączona tuż przed północą.',
  el: 'Η αντλία στην αίθουσα επτά απενεργοποιήθηκε λίγο πριν τα μεσάνυχτα.',
  tr: 'Yedinci salondaki pompa, yatağı çok ısındığı için gece yarısından önce kapatıldı. Şişli ığdır',
  he: 'המשאבה באולם שבע כובתה זמן קצר לפני חצות כי המסב שלה התחמם מדי',
  ja: '第七ホールのポンプは、軸受が熱くなりすぎたため、真夜中の少し前に停止された。',
  zh: '七号大厅的水泵在午夜前不久被关闭，因为它的轴承过热。值班操作员在日志中写下了警报编号。',
  ko: '일곱 번째 홀의 펌프는 베어링이 너무 뜨거워져서 자정 직전에 꺼졌다.',
};
const LEGACY: [keyof typeof TEXTS, string[]][] = [
  ['de', ['windows-1252', 'iso-8859-1']],
  ['fr', ['windows-1252']],
  ['ru', ['windows-1251', 'koi8-r', 'iso-8859-5']],
  ['pl', ['windows-1250', 'iso-8859-2']],
  ['el', ['windows-1253']],
  ['tr', ['windows-1254']],
  ['he', ['windows-1255']],
  ['ja', ['shift_jis', 'euc-jp']],
  ['zh', ['gb18030', 'big5']],
  ['ko', ['euc-kr']],
];
const UNICODE = ['utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'];

describe('the encoding of a text', () => {
  it.each(LEGACY.flatMap(([language, encodings]) => encodings.map((encoding) => [encoding, language] as const)))(
    'R1, R8: is found: %s, in %s',
    (encoding, language) => {
      expect(decodeText(iconv.encode(TEXTS[language], encoding)).text).toBe(
        encoding === 'big5' ? iconv.decode(iconv.encode(TEXTS.zh, 'big5'), 'big5') : TEXTS[language],
      );
    },
  );

  it.each(UNICODE)('R1, R8: is found with and without a mark: %s', (encoding) => {
    for (const text of Object.values(TEXTS)) {
      expect(decodeText(iconv.encode(text, encoding, { addBOM: true })).text).toBe(text);
      expect(decodeText(iconv.encode(text, encoding, { addBOM: false })).text).toBe(text);
    }
  });

  it.each(['Größe naïve', 'résumé', 'Straße', 'café', 'Señor Peña', 'Latin-1 fixture: café, naïve, Zürich', 'L’été à Nîmes: 5 €', 'über', 'Ærø', 'São João'])(
    'R1: of a few letters of Western Europe is found: %s',
    (text) => {
      expect(decodeText(iconv.encode(text, 'windows-1252'))).toEqual({ text, encoding: 'windows-1252' });
    },
  );

  it.each([
    ['Привет, мир', 'windows-1251'],
    ['Привет, мир! Как дела?', 'koi8-r'],
    ['こんにちは世界', 'shift_jis'],
    ['東京は日本の首都です', 'shift_jis'],
    ['東京は日本の首都です', 'euc-jp'],
    ['你好，世界', 'gb18030'],
    ['你好，世界', 'big5'],
    ['繁體中文測試文件', 'big5'],
    ['简体中文测试文件', 'gb18030'],
    ['Příliš žluťoučký kůň úpěl ďábelské ódy', 'iso-8859-2'],
    ['안녕하세요 세계', 'euc-kr'],
  ])('R1: of a few letters of other scripts is found: %s in %s', (text, encoding) => {
    expect(decodeText(iconv.encode(text, encoding)).text).toBe(text);
  });

  it.each(['東京は日本の首都です', '안녕하세요 세계', '대한민국의수도는서울이다', '七号大厅的水泵在午夜前不久被关闭', 'Привет'])(
    'R1: of wide letters without a mark is found: %s',
    (text) => {
      for (const encoding of ['utf-16le', 'utf-16be']) expect(decodeText(iconv.encode(text, encoding, { addBOM: false })).text).toBe(text);
    },
  );

  it('R1: that says itself where Japanese begins is found', () => {
    const bytes = Buffer.from('GyRCRWxKOBsoQiBpcyBUb2t5bw==', 'base64');
    expect(decodeText(bytes)).toEqual({ text: new TextDecoder('iso-2022-jp').decode(bytes), encoding: 'iso-2022-jp' });
    expect(decodeText(bytes).text).toMatch(/^\p{Script=Han}{2} is Tokyo$/u);
  });

  it.each(['abc\0def capybara', 'a,b\nx\0y,2\n', 'print("a\0b")\n', 'Привет\0мир'])('F18: is not taken for another for a stray zero: %j', (text) => {
    expect(decodeText(Buffer.from(text))).toEqual({ text, encoding: 'UTF-8' });
  });

  it('F18: is not taken for UTF-16 for a stray zero in Latin-1', () => {
    const text = 'Möbel für alle\0\nund mehr';
    expect(decodeText(iconv.encode(text, 'latin1'))).toEqual({ text, encoding: 'windows-1252' });
  });

  it.each(['x', '. ', 'é', '\u00ff', 'a\u00e9b'])('U10: takes no longer for each letter of a large file of nothing but %j', (unit) => {
    const bytes = Buffer.concat([iconv.encode(unit.repeat(1_000_000), 'latin1'), Buffer.from([0xe9])]);
    const began = process.cpuUsage(); // by the processor's time: others on the machine take their share
    decodeText(bytes);
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1e6).toBeLessThan(10); // 20 ms; where all is looked at again for each letter, minutes
  });

  it('is found though the first strange letter comes late', () => {
    expect(decodeText(iconv.encode(`${'plain words '.repeat(20_000)} ${TEXTS.ru}`, 'windows-1251')).text.endsWith(TEXTS.ru)).toBe(true);
  });

  it('may be told where the bytes do not say', () => {
    expect(decodeText(Buffer.from([0x63, 0x61, 0x66, 0xe9]), 'iso-8859-2')).toEqual({ text: 'café', encoding: 'iso-8859-2' });
    expect(decodeText(Buffer.from('café'), 'iso-8859-2')).toEqual({ text: 'café', encoding: 'UTF-8' });
  });

  it.each(['hex', 'Base64', 'binary', 'UCS-2', 'internal', 'hex:2000', '-'])('R1: is not what is none: %s', (claimed) => {
    expect(decodeText(iconv.encode(TEXTS.ru, 'koi8-r'), claimed).text).toBe(TEXTS.ru);
  });

  it('R1: is UTF-8 though it holds what begins Japanese elsewhere', () => {
    const text = 'Größe \u001b$B';
    expect(decodeText(Buffer.from(text))).toEqual({ text, encoding: 'UTF-8' });
  });

  it('stays UTF-8 when one byte is broken', () => {
    const bytes = Buffer.concat([Buffer.from(TEXTS.de.repeat(5)), Buffer.from([0xff]), Buffer.from(TEXTS.de)]);
    expect(decodeText(bytes).text).toContain('Schläuche gelöst werden.\ufffdFür');
  });

  it('has one kind of line ends', () => {
    expect(decodeText(Buffer.from('a\r\nb\rc\n')).text).toBe('a\nb\nc\n');
  });
});

describe('a text', () => {
  it('is told from bytes that are none', () => {
    for (const text of Object.values(TEXTS)) expect(isText(text)).toBe(true);
    expect(isText('\u001b[31mred\u001b[0m\f')).toBe(true);
    expect(isText(decodeText(Buffer.from(Array.from({ length: 5_000 }, (_, at) => Math.imul(at, 2_654_435_761) >>> 24))).text)).toBe(false);
  });
});
