import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(60_000);

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api'] });
}, 60_000);
afterAll(() => system?.stop());

describe('documents that several send at once', () => {
  it('K1: what a request brought itself is indexed, also where somebody else was the first to bring another document of it', async () => {
    const client = system.client();
    const { id } = await client.ok<{ id: string }>('POST', '/api/v2/collections', { name: randomUUID() });
    const insert = `INSERT INTO documents (org_id, id, collection_id, external_id, file_name, size_bytes, content_hash)
      VALUES ('${client.person.org}', gen_random_uuid(), '${id}', 'theirs', 'f', 1, '${'0'.repeat(64)}')`;
    const theirs = system.database.sql(`BEGIN; ${insert}; SELECT pg_sleep(1); COMMIT`);
    await until('the other one to hold it', async () => {
      const [row] = await system.database.sql<{ held: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep') AS held`,
      );
      return row?.held;
    });
    const documents = ['mine', 'theirs'].map((name) => ({ external_id: name, text: `The text of ${name}.` }));
    const answer = await client.ok<{ documents: { external_id: string; status: string }[] }>('POST', `/api/v2/collections/${id}/documents`, { documents });
    await theirs;
    expect(answer.documents.map(({ external_id, status }) => [external_id, status])).toEqual([
      ['mine', 'pending'],
      ['theirs', 'pending'],
    ]);
    const jobs = await system.database.sql('SELECT 1 FROM jobs WHERE org_id = $1 AND document_id IS NOT NULL', [client.person.org]);
    expect(jobs).toHaveLength(2);
  });
});
