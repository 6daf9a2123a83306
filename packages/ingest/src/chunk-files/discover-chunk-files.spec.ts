import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { discoverChunkFiles } from './discover-chunk-files.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chunk-files-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function grow(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '[]');
  }
}

const names = async () => (await discoverChunkFiles(root)).folders.map(({ name }) => name);

describe('files of chunks', () => {
  it('are found by folder, named after their paths', async () => {
    grow(
      'Docling/doc2_chunks.json',
      'Docling/doc1_chunks.json',
      'FAST_DOCS/fastapi/doc_chunks.json',
      'Qdrant/qdrant_documentation/documentation/doc_chunks.json',
    );
    expect(await discoverChunkFiles(root)).toEqual({
      folders: [
        { name: 'Docling', path: 'Docling', files: ['doc1_chunks.json', 'doc2_chunks.json'] },
        { name: 'FAST_DOCS_fastapi', path: 'FAST_DOCS/fastapi', files: ['doc_chunks.json'] },
        { name: 'Qdrant_qdrant_documentation_documentation', path: 'Qdrant/qdrant_documentation/documentation', files: ['doc_chunks.json'] },
      ],
      tooDeep: 0,
      unreadable: [],
    });
  });

  it('are found five folders deep, and deeper ones counted', async () => {
    grow('a/b/c/d/e/x_chunks.json', 'f/b/c/d/e/g/x_chunks.json', 'Empty/notes.json', 'Empty/chunks.json');
    expect(await discoverChunkFiles(root)).toMatchObject({ folders: [{ name: 'a_b_c_d_e' }], tooDeep: 1 });
    expect((await discoverChunkFiles(root, { maxDepth: 6 })).folders).toHaveLength(2);
  });

  it('are not searched for below others, nor behind links', async () => {
    grow('Outer/o_chunks.json', 'Outer/inner/i_chunks.json');
    symlinkSync('Outer', join(root, 'Link'));
    symlinkSync('..', join(root, 'Outer', 'up'));
    expect(await names()).toEqual(['Outer']);
  });

  it('have names of their own where paths join to the same', async () => {
    grow('x/y_z/c_chunks.json', 'x_y/z/c_chunks.json', 'naïve café/ü_chunks.json');
    const mark = createHash('md5').update('x_y/z').digest('hex').slice(0, 8);
    expect(await names()).toEqual(['naïve café', 'x_y_z', `x_y_z_${mark}`]);
    grow(`x_y_z_${mark}/c_chunks.json`);
    const all = await names();
    expect(new Set(all).size).toBe(4);
    expect(all.length).toBe(4);
  });

  it('in the root itself are one folder with its name', async () => {
    grow('only_chunks.json');
    expect(await discoverChunkFiles(root)).toMatchObject({ folders: [{ name: root.split('/').at(-1), path: '', files: ['only_chunks.json'] }] });
    await expect(discoverChunkFiles(join(root, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
