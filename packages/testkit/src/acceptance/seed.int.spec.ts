import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { cairn } from '../system/cairn-command.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(90_000);

interface Report {
  total: number;
  successful: number;
  created: number;
  unchanged: number;
  failed: number;
  mappings: Record<string, string>;
  failures: { key: string; reason: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'cairn-seed-'));
let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function run(client: ApiClient, seeds: object): Promise<{ code: number; out: string; err: string }> {
  const file = join(folder, 'seeds.json');
  writeFileSync(file, JSON.stringify(seeds));
  return cairn(client, ['seed', file]);
}

/** All rows that seeds make. */
async function rowsOf(client: ApiClient): Promise<unknown[]> {
  const tables = ['collections', 'collection_aliases', 'sources', 'operations', 'collection_indexes'];
  return Promise.all(tables.map((table) => system.database.sql(`SELECT * FROM ${table} WHERE org_id = $1 ORDER BY 1, 2`, [client.person.org])));
}

async function settled(client: ApiClient): Promise<void> {
  await until('all operations to end', async () => {
    const { operations } = await client.ok<{ operations: { status: string }[] }>('GET', '/api/v2/operations?per_page=100');
    return operations.every(({ status }) => status === 'completed') ? true : undefined;
  });
  await until('the runs of sources to be seen to', async () => {
    const running = await system.database.sql('SELECT 1 FROM sources WHERE org_id = $1 AND run_id IS NOT NULL', [client.person.org]);
    return running.length === 0 ? true : undefined;
  });
}

describe('seeds', () => {
  it('K13: run twice give the same rows and the same mapping, and old names find what they found', async () => {
    const client = system.client();
    const contracts = join(system.sources, 'contracts');
    mkdirSync(contracts);
    writeFileSync(join(contracts, 'one.txt'), 'The lantern belongs to the landlord.');
    const seeds = {
      collections: [{ name: 'Recipes', aliases: ['kfc', 'kfcb'], template: 'knowledge_base' }],
      legacy_jobs: [
        { id: 'job-7', name: 'Contracts', model_name: 'all-MiniLM-L6-v2', chunk_size: 300, chunk_overlap: 30, directory_path: `${contracts}/` },
        { id: '550e8400-e29b-41d4-a716-446655440000', name: 'Contracts', quantization: 'int8' },
      ],
    };
    const first = await run(client, seeds);
    expect([first.code, first.err]).toEqual([0, '']);
    const report = JSON.parse(first.out) as Report;
    expect(report).toMatchObject({ total: 3, successful: 3, created: 3, unchanged: 0, failed: 0 });
    expect(Object.keys(report.mappings)).toEqual(['Recipes', 'kfc', 'kfcb', 'job-7', '550e8400-e29b-41d4-a716-446655440000']);
    await settled(client);
    const rows = await rowsOf(client);
    const second = JSON.parse((await run(client, seeds)).out) as Report;
    expect(second).toEqual({ ...report, created: 0, unchanged: 3 });
    expect(await rowsOf(client)).toEqual(rows);
    expect(await client.ok('GET', '/api/v2/collections/job-7')).toMatchObject({
      id: report.mappings['job-7'],
      name: 'Contracts',
      chunk_size: 300,
      metadata: { legacy_job_id: 'job-7' },
    });
    const found = await client.ok<{ results: { text: string }[] }>('POST', '/api/v2/search', { query: 'lantern', collection_uuids: ['job-7'] });
    expect(found.results.map(({ text }) => text)).toEqual(['The lantern belongs to the landlord.']);
    expect(await client.ok('GET', '/api/v2/collections/kfcb')).toMatchObject({ name: 'Recipes', chunking_strategy: 'markdown' });
  });

  it('K13: what cannot be made is reported, and stops nothing else', async () => {
    const client = system.client();
    const { code, err } = await run(client, {
      legacy_jobs: [
        { id: 'a', name: 'A', model_name: 'nope' },
        { id: 'b', name: 'B' },
      ],
    });
    const report = JSON.parse(err) as Report;
    expect([code, report.failed, report.created]).toEqual([1, 1, 1]);
    expect(report.failures).toEqual([{ key: 'a', reason: expect.stringContaining('nope') }]);
    expect(Object.keys(report.mappings)).toEqual(['b']);
    expect((await run(client, { something: 'else' })).code).toBe(2);
  });

  it('K13: what was made is mapped also where its source failed, no directory is none, and what has no name is told by its place', async () => {
    const client = system.client();
    const { code, err } = await run(client, {
      collections: [{ name: 'Named' }, { chunk_size: 300 }, { aliases: [] }],
      legacy_jobs: [
        { id: 'without', name: 'Without', directory_path: null },
        { id: 'outside', name: 'Outside', directory_path: '/nowhere/that/is/allowed' },
        { name: 'No id' },
      ],
    });
    const report = JSON.parse(err) as Report;
    expect([code, report]).toMatchObject([1, { total: 6, successful: 2, created: 2, failed: 4 }]);
    expect(Object.keys(report.mappings)).toEqual(['Named', 'without', 'outside']);
    expect(report.failures.map(({ key }) => key)).toEqual(['collections[1]', 'collections[2]', 'outside', 'legacy_jobs[2]']);
  });
});
