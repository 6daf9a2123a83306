import { expect, it } from '@jest/globals';
import { chunkFilesAmong } from './chunk-files-among.js';
import { CHUNKS_MIME_TYPE } from './chunks-mime-type.js';

const item = (path: string) => ({ path, fileName: path.split('/').at(-1) as string, version: '1' });

function among(...paths: string[]) {
  const { items, tooDeep } = chunkFilesAmong(paths.map(item), 'Root');
  return { items: items.map(({ path, metadata }) => [path, metadata?.chunk_folder]), tooDeep };
}

it('I18: files of chunks are known by their names, and have the name of their folder', () => {
  const { items } = chunkFilesAmong(['Docling/doc1_chunks.json', 'Docling/notes.json', 'readme.md'].map(item), 'Root');
  const listed = item('Docling/doc1_chunks.json');
  expect(items).toEqual([{ ...listed, listed, version: 'chunks Docling 1', mimeType: CHUNKS_MIME_TYPE, metadata: { chunk_folder: 'Docling' } }]);
});

it('I18: files of chunks are found five folders deep, not below others, and never under one name', () => {
  expect(among('a/b/c/d/e/x_chunks.json', 'f/b/c/d/e/g/x_chunks.json')).toEqual({
    items: [['a/b/c/d/e/x_chunks.json', 'a_b_c_d_e']],
    tooDeep: ['f/b/c/d/e/g/x_chunks.json'],
  });
  expect(among('Outer/inner/i_chunks.json', 'Outer/o_chunks.json', 'Outer2/p_chunks.json').items).toEqual([
    ['Outer/o_chunks.json', 'Outer'],
    ['Outer2/p_chunks.json', 'Outer2'],
  ]);
  expect(among('x/y_z/c_chunks.json', 'x_y/z/c_chunks.json').items.map(([, name]) => name)).toEqual(['x_y_z', expect.stringMatching(/^x_y_z_[0-9a-f]{8}$/)]);
  expect(among('a/x_chunks.json', 'r_chunks.json').items).toEqual([['r_chunks.json', 'Root']]);
});
