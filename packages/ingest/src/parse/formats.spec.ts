import { describe, expect, it } from '@jest/globals';
import iconv from 'iconv-lite';
import { epubParts, zipped } from '../fixtures/files/office.js';
import { parseBytes } from './parse-bytes.js';
import { PARSE_LIMITS } from './parse-limits.js';

const parsed = async (content: string | Uint8Array, fileName: string) => (await parseBytes(Buffer.from(content as string), { fileName }, PARSE_LIMITS)).parsed;
const textOf = async (content: string | Uint8Array, fileName: string) => (await parsed(content, fileName)).text;

describe('HTML', () => {
  it('that is nothing but a menu, or hides everything, is read all the same', async () => {
    expect(await textOf('<html><nav>only menu words</nav><script>no</script></html>', 'a.html')).toBe('only menu words');
    expect(await textOf('<html><body hidden>all of it</body></html>', 'a.html')).toBe('all of it');
  });

  it('is read by the encoding that it claims', async () => {
    const page = iconv.encode('<!doctype html><meta charset="shift_jis"><p>日</p>', 'shift_jis');
    expect(await parsed(page, 'a.html')).toMatchObject({ text: '日', metadata: { encoding: 'shift_jis' } });
  });

  it('with tags that nobody closed has its paragraphs, rows and items', async () => {
    expect(await textOf('<html><p>a<p>b<table><tr><td>x<td>y<tr><td>1<td>2</table><ul><li>c<li>d</ul>', 'a.html')).toBe('a\n\nb\n\nx\ty\n1\t2\n\n- c\n- d');
    expect(await textOf(`<html><p>a${' '.repeat(200_000)}b<p>${'cd\n'.repeat(50_000)}`, 'a.html')).toBe(`a b\n\n${'cd '.repeat(50_000).trim()}`);
  });
});

describe('Markdown', () => {
  const headings = async (text: string) => ((await parsed(text, 'a.md')).headings ?? []).map(({ level, title }) => `${level} ${title}`);

  it('has no headings in code, quotes, lists and tables', async () => {
    expect(await headings('```\n# a\n```\n~~~ sh\n# b\n```\n~~~\n    # c\n> # d\n\n- e\n---\n\n|f|\n---\n\n#g\n\n---\n---\n')).toEqual([]);
  });

  it('has headings of both kinds', async () => {
    expect(await headings('# a #\n## b#c\n\nd e\n===\nf\n-\n###### g\n####### h\n')).toEqual(['1 a', '2 b#c', '1 d e', '2 f', '6 g']);
  });

  it('that begins with what is no front matter keeps it', async () => {
    expect(await parsed('---\nnot: [closed\n---\ntext', 'a.md')).toMatchObject({ text: '---\nnot: [closed\n---\ntext' });
    const laughs = `---\na: &a [x, x]\n${Array.from({ length: 30 }, (_, at) => `b${at}: &b${at} [${at === 0 ? '*a, *a' : `*b${at - 1}, *b${at - 1}`}]`).join('\n')}\n---\ntext`;
    expect((await parsed(laughs, 'a.md')).text).toMatch(/text$/);
  });
});

describe('a table', () => {
  it('without names of columns has its values apart', async () => {
    expect(await textOf('1,2\n3,4\n', 'a.csv')).toBe('1\t2\n3\t4');
    expect(await textOf('one,two\n', 'a.csv')).toBe('one\ttwo');
  });

  it('R1: names its columns that have no values, too', async () => {
    expect(await textOf('Bird,Nest,Eggs\nheron,,4\nstork,,3\n', 'a.csv')).toBe('Bird: heron; Eggs: 4\nBird: stork; Eggs: 3\nNest');
  });

  it('may have longer rows than its first', async () => {
    expect(await textOf('a,b\n1,2,3\n,4\n', 'a.csv')).toBe('a: 1; b: 2; 3\nb: 4');
  });
});

describe('subtitles', () => {
  it('R6: lose no words to times that are damaged', async () => {
    const damaged = '1\n00:00:01,000 --> 00:00:02,000\nhello heron\n\n2\nnot a time\nhello zebra\n\n3\n00:00:05,000 --> 00:00:06,000\nhello stork\n';
    const { text, times } = await parsed(damaged, 'a.srt');
    expect(text).toBe('hello heron\nnot a time hello zebra\nhello stork');
    expect(times?.map(({ from, start, end }) => [from, text.slice(start, end)])).toEqual([
      [1, 'hello heron'],
      [5, 'hello stork'],
    ]);
  });

  it('R6: leave out notes, styles and the names of cues', async () => {
    const source = 'WEBVTT - birds\n\nNOTE not said\nnor this\n\nSTYLE\n::cue {}\n\nintro\n00:01.000 --> 00:02.000\nsaid\n';
    expect(await textOf(source, 'a.vtt')).toBe('said');
  });

  it('R6: have times in their order', async () => {
    const { times } = await parsed('1\n00:00:09,000 --> 00:00:07,000\nhello\n', 'a.srt');
    expect(times).toMatchObject([{ from: 7, to: 9 }]);
  });
});

describe('a text whose sender names its encoding', () => {
  const bytes = iconv.encode('Прогулка у реки', 'koi8-r');

  it('R1: is read in it', async () => {
    const read = (mimeType: string, given: Uint8Array = bytes) => parseBytes(given, { fileName: 'a.txt', mimeType }, PARSE_LIMITS);
    expect((await read('text/plain; charset="KOI8-R"')).parsed.text).toBe('Прогулка у реки');
    expect((await read('text/plain;charset=iso-8859-5')).parsed.metadata.encoding).toBe('iso-8859-5');
    expect((await read('text/plain; charset=nonsense')).parsed.text).toBe('Прогулка у реки');
    expect((await read('text/plain; charset=koi8-r', Buffer.from('Прогулка'))).parsed.metadata.encoding).toBe('UTF-8');
  });
});

describe('what claims to be a format and is not', () => {
  it.each([
    ['a.json', '// words\n{"a": 1}'],
    ['a.srt', 'no times here'],
    ['a.eml', 'no mail: at all, or\nis it'.replace(':', '')],
  ])('is the text that it is: %s', async (fileName, text) => {
    expect(await parsed(text, fileName)).toMatchObject({ text, mimeType: 'text/plain' });
  });
});

describe('a book', () => {
  const encryption = (uri: string) => ({
    'META-INF/encryption.xml': `<encryption><EncryptedData><CipherData><CipherReference URI="${uri}"/></CipherData></EncryptedData></encryption>`,
  });

  it('whose chapters are encrypted says so; of fonts it does not matter', async () => {
    await expect(parsed(zipped({ ...epubParts(), ...encryption('OPS/text/one.xhtml') }), 'a.epub')).rejects.toMatchObject({ code: 'file_encrypted' });
    expect(await textOf(zipped({ ...epubParts(), ...encryption('OPS/font.otf') }), 'a.epub')).toContain('It was off.');
  });

  it('without chapters is damaged', async () => {
    const { 'OPS/text/one.xhtml': _one, 'OPS/text/two b.xhtml': _two, ...rest } = epubParts();
    await expect(parsed(zipped(rest), 'a.epub')).rejects.toMatchObject({ code: 'file_damaged', message: expect.stringContaining('a book (EPUB)') });
  });
});
