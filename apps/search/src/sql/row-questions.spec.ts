import { DependencyError, type ModelDirectory, type NamedIndex } from '@cairn/common';
import { bindSql, Catalogue, parseSql, type Select } from '@cairn/retrieval/sql';
import { describe, expect, it } from '@jest/globals';
import { RowQuestions } from './row-questions.js';

const catalogue = new Catalogue([{ id: 'c', name: 'kb', model: 'mock' }]);
const INDEX = { collectionId: 'c', collectionName: 'kb', model: 'mock' } as NamedIndex;

function checked(rest: string, list: () => Promise<never[]>): Promise<number> {
  const query = bindSql(parseSql(`SELECT id FROM kb USING EMBEDDING (TEXT 'x'${rest}`) as Select, { params: undefined, catalogue });
  return new RowQuestions({} as never, {} as never, { list } as unknown as ModelDirectory).check(query, [INDEX]);
}

describe('a model that a statement names', () => {
  it.each([
    [") RERANK WITH 'nope'", 'E_NAME'],
    [" MODEL 'nope')", 'E_MODEL_MIX'],
  ])('L1: is a mistake of the statement where there is none, and not where nobody can say: %s', async (rest, code) => {
    await expect(checked(rest, async () => [])).rejects.toMatchObject({ name: 'SqlError', code, span: expect.anything() });
    const away = new DependencyError('pg', 'The database cannot be reached.');
    await expect(checked(rest, () => Promise.reject(away))).rejects.toBe(away);
  });
});
