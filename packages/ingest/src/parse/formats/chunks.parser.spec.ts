import { describe, expect, it } from '@jest/globals';
import { CHUNKS_MIME_TYPE } from '../../chunk-files/chunks-mime-type.js';
import { parseBytes } from '../parse-bytes.js';
import { PARSE_LIMITS } from '../parse-limits.js';

async function parsed(content: unknown) {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return (await parseBytes(Buffer.from(text), { fileName: 'doc_chunks.json', mimeType: CHUNKS_MIME_TYPE }, PARSE_LIMITS)).parsed;
}

describe('I18: a file of chunks', () => {
  it('gives them as they are, with what is said of them', async () => {
    const { text, chunks } = await parsed([
      'One.',
      { text: ' Two\n', metadata: { page: 3, heading_path: ['A', 'B'], source: { url: 'x' } }, chunk_id: 'c2' },
      { content: '  ' },
      { page_content: 'Three', metadata: { page: 'iv' }, doc_id: 7, other: 'not kept' },
    ]);
    expect(chunks?.map(({ start, end }) => text.slice(start, end))).toEqual(['One.', ' Two\n', 'Three']);
    expect(chunks?.map(({ start: _start, end: _end, ...labels }) => labels)).toEqual([
      {},
      { page: 3, headingPath: ['A', 'B'], metadata: { source: { url: 'x' }, chunk_id: 'c2' } },
      { metadata: { page: 'iv', doc_id: 7 } },
    ]);
    expect((await parsed(`\ufeff${JSON.stringify({ chunks: ['One.'] })}`)).chunks).toHaveLength(1);
    expect(await parsed([])).toMatchObject({ text: '', chunks: [] });
  });

  it('holds nothing that cannot be stored', async () => {
    const { text, chunks } = await parsed('["a\\u0000b\\ud800", {"text": "c", "metadata": {"k\\u0000": ["v\\udc00"]}}]');
    expect([text, chunks?.[1]?.metadata]).toEqual(['a b\ufffd\n\nc', { 'k ': ['v\ufffd'] }]);
  });

  it.each([
    ['file_damaged', '[{"text": "cut o'],
    ['file_format', '{"text": "one"}'],
    ['file_format', 'null'],
    ['file_format', [{ text: 'a' }, { title: 'no text' }]],
    ['file_format', ['a', 5]],
    ['file_too_large', [{ text: 'a', metadata: { long: 'x'.repeat(20_000) } }]],
    ['file_too_large', `[{"text": "a", "metadata": {"deep": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}]`],
    ['file_too_large', Array.from({ length: 100_001 }, () => 'a')],
  ])('is refused (%s) where it is none, or too much', async (code, content) => {
    await expect(parsed(content)).rejects.toMatchObject({ name: 'PermanentJobError', code });
  });

  it('is JSON like any other without its type', async () => {
    const { parsed: other } = await parseBytes(Buffer.from('["One."]'), { fileName: 'doc_chunks.json' }, PARSE_LIMITS);
    expect([other.mimeType, other.chunks]).toEqual(['application/json', undefined]);
  });
});
