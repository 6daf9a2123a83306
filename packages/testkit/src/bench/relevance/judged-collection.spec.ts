import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inOtherLetters, judgedCollections } from './judged-collection.js';

describe('judged collections', () => {
  it('are read in the form of BEIR, without documents that hold no text and questions that nobody judged', () => {
    const root = mkdtempSync(join(tmpdir(), 'judged-'));
    const folder = join(root, 'ships');
    mkdirSync(join(folder, 'qrels'), { recursive: true });
    const lines = (...values: object[]) => values.map((value) => JSON.stringify(value)).join('\n');
    writeFileSync(
      join(folder, 'corpus.jsonl'),
      lines({ _id: 'a', title: 'Ships', text: '' }, { _id: 'b', title: '', text: ' ' }, { _id: 'c', text: 'a Keel' }),
    );
    writeFileSync(join(folder, 'queries.jsonl'), lines({ _id: '1', text: 'keel?' }, { _id: '2', text: 'not judged' }));
    writeFileSync(join(folder, 'qrels', 'test.tsv'), 'query-id\tcorpus-id\tscore\n1\tc\t2\n1\ta\t0\n');
    const found = judgedCollections(root);
    rmSync(root, { recursive: true });
    const questions = [{ text: 'keel?', relevance: new Map(Object.entries({ c: 2, a: 0 })) }];
    expect(found).toEqual([
      {
        name: 'ships',
        documents: [
          { external_id: 'a', title: 'Ships', text: 'Ships' },
          { external_id: 'c', text: 'a Keel' },
        ],
        questions,
      },
    ]);
  });

  it('keep which word is which in other letters', () => {
    const words = ['keel', 'Keel', 'eel', 'ERR-4711'];
    const { documents } = inOtherLetters({ name: 'x', documents: words.map((text) => ({ text })), questions: [] });
    const [keel, again, eel, code] = documents.map(({ text }) => text);
    expect(again).toBe(keel);
    expect(keel).toBe(`${keel?.[0]}${eel}`);
    expect(code).toMatch(/^[^a-z]{3}-4711$/i);
  });

  it('are none where there is no folder', () => {
    expect(judgedCollections('/there/is/no/such/folder')).toEqual([]);
  });
});
