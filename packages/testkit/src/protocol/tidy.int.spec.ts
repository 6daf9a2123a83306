import { createHash, randomUUID } from 'node:crypto';
import { adoptFiles, deleteDocuments, removeUnusedBlobs, storeBlobs, type TenantScope, TidyRepository } from '@cairn/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newScope, ProtocolBench } from './protocol-bench.js';

const HOURS = 24;
const MINUTES = 60;

let bench: ProtocolBench;
let tidy: TidyRepository;
let scope: TenantScope;

beforeAll(async () => {
  bench = await ProtocolBench.open();
  tidy = new TidyRepository(bench.dispatch);
}, 60_000);
afterAll(() => bench?.close());
beforeEach(() => {
  scope = newScope();
});

/** What is on the disk, and what is done to it. */
class Files {
  readonly there = new Set<string>();
  readonly has = async (_: TenantScope, hash: string) => this.there.has(hash);
  readonly remove = async (_: TenantScope, hash: string) => void this.there.delete(hash);
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const sql = <T>(text: string, values: unknown[]) => bench.database.sql<T>(text, values);

async function index(state: string, retiredHoursAgo?: number): Promise<{ id: string; collection: string }> {
  const [id, collection] = [randomUUID(), randomUUID()];
  const ago = retiredHoursAgo ?? null;
  await sql(
    `INSERT INTO collection_indexes (org_id, id, collection_id, number, state, model, model_ver, space, quantization, chunking_strategy, chunk_size, chunk_overlap, store_name, retired_at)
      VALUES ($1, $2, $3, 1, $4, 'm', 'v1', 'test-space', 'float16', 'auto', 100, 10, 'x', clock_timestamp() - make_interval(hours => $5::int))`,
    [scope.orgId, id, collection, state, ago],
  );
  return { id, collection };
}

async function points(indexId: string, many: number, isLive = true): Promise<void> {
  await sql(
    `INSERT INTO vectors (org_id, point_id, asset_id, segment_id, model, model_ver, space, gen, live_gen, live_token, live_accepted_at, vector, index_id)
      SELECT $1, gen_random_uuid(), 'd', n::text, 'm', 'v1', 'test-space', 1, 0, CASE WHEN $4 THEN gen_random_uuid() END, CASE WHEN $4 THEN now() END, CASE WHEN $4 THEN '\\x00'::bytea END, $2 FROM generate_series(1, $3::int) AS n`,
    [scope.orgId, indexId, many, isLive],
  );
  await sql(
    `INSERT INTO chunks (org_id, index_id, document_id, number, id, text, start_at, end_at, tokens) SELECT $1, $2, md5((n % 120)::text)::uuid, n, gen_random_uuid(), 't', 0, 1, 1 FROM generate_series(1, $3::int) AS n`,
    [scope.orgId, indexId, isLive ? many : 0],
  );
  await sql(
    `INSERT INTO manifests (org_id, index_id, document_id, gen, job_id, token, chunk_count, point_count, tokens, text_length)
      SELECT org_id, index_id, document_id, 1, gen_random_uuid(), gen_random_uuid(), 1, 1, 1, 1 FROM (SELECT DISTINCT org_id, index_id, document_id FROM chunks WHERE org_id = $1 AND index_id = $2) d`,
    [scope.orgId, indexId],
  );
}

async function document(content: string): Promise<string> {
  const id = randomUUID();
  await sql(
    `INSERT INTO documents (org_id, id, collection_id, external_id, file_name, title, size_bytes, content_hash, metadata) VALUES ($1, $2::uuid, gen_random_uuid(), $2::text, 'secret.txt', 'secret', 1, $3, '{"who": "secret"}')`,
    [scope.orgId, id, hashOf(content)],
  );
  return id;
}

async function emptied(): Promise<{ indexes: number; points: number; parts: number }> {
  const sum = { indexes: 0, points: 0, parts: 0 };
  for (let part = await tidy.emptyIndex(HOURS); part !== undefined; part = await tidy.emptyIndex(HOURS)) {
    sum.indexes += part.indexes;
    sum.points += part.points;
    sum.parts++;
  }
  return sum;
}

describe('an index that another has taken the place of', () => {
  it('G16: goes with its points, a part at a time, when nobody can go back to it any more', async () => {
    const { id } = await index('retired', HOURS + 1);
    await points(id, 2_300);
    const { indexes, points: removed, parts } = await emptied();
    expect([indexes, removed]).toEqual([1, 2_300]);
    expect(parts).toBeGreaterThan(2);
    for (const table of ['vectors', 'chunks', 'manifests', 'collection_indexes']) expect([table, await bench.count(table, scope)]).toEqual([table, 0]);
    expect(await bench.count('garbage_points', scope)).toBe(2_300);
  });

  it('stays while it serves, is being built, or can be gone back to', async () => {
    for (const [state, hours] of [['serving'], ['building'], ['retired', HOURS - 1]] as const) await points((await index(state, hours)).id, 2);
    expect(await emptied()).toEqual({ indexes: 0, points: 0, parts: 0 });
    expect(await bench.count('vectors', scope)).toBe(6);
  });

  it('stays while a job or an operation is about it', async () => {
    const { id, collection } = await index('retired', HOURS + 1);
    const jobId = await bench.acceptMock(scope);
    await sql(`UPDATE jobs SET document_id = gen_random_uuid(), collection_id = $3, payload = jsonb_build_object('index_id', $2::text) WHERE id = $1`, [
      jobId,
      id,
      collection,
    ]);
    expect(await tidy.emptyIndex(HOURS)).toBeUndefined();
    await sql(`UPDATE jobs SET document_id = NULL WHERE id = $1`, [jobId]);
    await sql(`INSERT INTO operations (org_id, id, collection_id, index_id, type, created_by) VALUES ($1, gen_random_uuid(), $2, $3, 'rollback', 'x')`, [
      scope.orgId,
      collection,
      id,
    ]);
    expect(await tidy.emptyIndex(HOURS)).toBeUndefined();
    await sql(`UPDATE operations SET state = 'cancelled' WHERE org_id = $1`, [scope.orgId]);
    expect(await tidy.emptyIndex(HOURS)).toEqual({ indexes: 1, points: 0 });
  });
});

describe('a row of a point that never became live', () => {
  it('goes when no job has anything to write for it, and stays when one has', async () => {
    const { id } = await index('serving');
    await points(id, 2, false);
    await sql(
      `INSERT INTO job_inputs (org_id, job_id, point_id, ordinal, gen, text) SELECT org_id, gen_random_uuid(), point_id, 1, 1, 't' FROM vectors WHERE org_id = $1 LIMIT 1`,
      [scope.orgId],
    );
    expect(await tidy.removeUnborn()).toBe(1);
    expect(await tidy.removeUnborn()).toBe(0);
    expect(await bench.count('vectors', scope)).toBe(1);
  });

  it('of a caller who named it himself is none of this', async () => {
    await bench.acceptEmbed(scope, { assetId: 'a', segmentId: 's', text: 'text' });
    await sql('DELETE FROM job_inputs WHERE org_id = $1', [scope.orgId]);
    expect(await tidy.removeUnborn()).toBe(0);
  });
});

describe('a deleted document', () => {
  it('leaves a tombstone that says nothing of what it was, for as long as that is kept', async () => {
    const id = await document('text');
    await bench.app.tenant(scope, (tx) => deleteDocuments(tx, scope, [id]));
    const [row] = await sql<Record<string, unknown>>('SELECT * FROM documents WHERE id = $1', [id]);
    expect(row).toMatchObject({ deleted_by: scope.actor, deleted_at: expect.any(Date) });
    expect(JSON.stringify(row)).not.toContain('secret');
    expect(await tidy.forgetDeleted(30)).toEqual({ documents: 0, collections: 0 });
    await sql(`UPDATE documents SET deleted_at = deleted_at - interval '31 days' WHERE id = $1`, [id]);
    expect(await tidy.forgetDeleted(30)).toEqual({ documents: 1, collections: 0 });
  });
});

describe('an operation that ended', () => {
  it('goes with its events after a while, and one that has not ended stays', async () => {
    for (const state of ['completed', 'processing'])
      await sql(
        `WITH o AS (INSERT INTO operations (org_id, id, collection_id, type, state, created_by, completed_at)
            VALUES ($1, gen_random_uuid(), gen_random_uuid(), 'append', $2::text, 'x', CASE WHEN $2::text = 'completed' THEN clock_timestamp() - interval '31 days' END) RETURNING org_id, id)
          INSERT INTO operation_events (org_id, operation_id, seq, type, percentage, data) SELECT org_id, id, 1, 'x', 0, '{}' FROM o`,
        [scope.orgId, state],
      );
    expect(await tidy.forgetOperations(30)).toBe(1);
    expect([await bench.count('operations', scope), await bench.count('operation_events', scope)]).toEqual([1, 1]);
  });
});

describe('a session that is over', () => {
  it('T6: goes with its refresh tokens a day after it ended or was too old, and one that lasts, or ended just now, stays', async () => {
    const add = (expires: string, ended: string) =>
      sql(
        `WITH s AS (INSERT INTO sessions (org_id, id, user_id, expires_at, ended_at) VALUES ($1, gen_random_uuid(), 1, now() + $2::interval, now() + $3::interval) RETURNING org_id, id)
          INSERT INTO refresh_tokens (org_id, id, session_id, secret_hash) SELECT org_id, gen_random_uuid(), id, '\\x00' FROM s, generate_series(1, 2)`,
        [scope.orgId, expires, ended || null],
      );
    for (const [expires, ended] of [
      ['-25 hours', ''],
      ['20 days', '-25 hours'],
      ['-23 hours', ''],
      ['20 days', '-1 hour'],
      ['20 days', ''],
    ] as const)
      await add(expires, ended);
    expect(await tidy.forgetSessions()).toBe(2);
    expect([await bench.count('sessions', scope), await bench.count('refresh_tokens', scope)]).toEqual([3, 6]);
    expect(await tidy.forgetSessions()).toBe(0);
  });
});

describe('searches that were kept', () => {
  const add = (query: string, daysAgo: number) =>
    sql(
      `INSERT INTO search_events (org_id, at, id, collections, hit_collections, results, mode, is_reranked, ms, stages, query)
        VALUES ($1, clock_timestamp() - make_interval(days => $2::int), gen_random_uuid(), '{}', '{}', 0, 'sparse', false, 1, '{}', $3)`,
      [scope.orgId, daysAgo, query],
    );
  const forget = () => tidy.forgetSearches({ queryDays: 30, searchDays: 90 });

  it('A1: lose their words first, and go later', async () => {
    for (const [query, daysAgo] of [
      ['new', 29],
      ['old', 31],
      ['older', 89],
      ['gone', 91],
    ] as const)
      await add(query, daysAgo);
    expect(await forget()).toEqual({ queries: 2, searches: 1, isDone: true });
    expect(await sql('SELECT query FROM search_events WHERE org_id = $1 ORDER BY at', [scope.orgId])).toEqual([
      { query: null },
      { query: null },
      { query: 'new' },
    ]);
    expect(await forget()).toEqual({ queries: 0, searches: 0, isDone: true });
  });
});

describe('content that no document needs', () => {
  const letTimePass = () => sql(`UPDATE blobs SET unused_since = unused_since - interval '2 hours' WHERE org_id = $1`, [scope.orgId]);
  const store = (files: Files, ...names: string[]) =>
    bench.app.tenant(scope, (tx) => {
      for (const name of names) files.there.add(hashOf(name));
      return storeBlobs(
        tx,
        scope,
        names.map((name) => ({ hash: hashOf(name), size: 1 })),
        files,
      );
    });
  const remove = (files: Files) => bench.worker.tenant(scope, (tx) => removeUnusedBlobs(tx, scope, { unusedMinutes: MINUTES, limit: 10 }, files));
  const mark = () => tidy.removeBlobs({ unusedMinutes: MINUTES, maxAttempts: 3 });

  it('gets a job when it was not needed for long enough, one at a time, and goes with its file', async () => {
    const files = new Files();
    await store(files, 'used', 'unused');
    await document('used');
    expect(await mark()).not.toContain(scope.orgId);
    expect(await remove(files)).toMatchObject({ seen: 0 });
    await letTimePass();
    expect(await mark()).toContain(scope.orgId);
    expect(await mark()).not.toContain(scope.orgId);
    expect(await remove(files)).toEqual({ seen: 1, removed: 1, bytes: 1 });
    expect([...files.there]).toEqual([hashOf('used')]);
  });

  it('stays when a document has come for it since it was noted', async () => {
    const files = new Files();
    await store(files, 'late');
    await mark();
    await letTimePass();
    await document('late');
    expect(await remove(files)).toEqual({ seen: 1, removed: 0, bytes: 0 });
    expect(files.there.size).toBe(1);
    expect(await sql('SELECT 1 FROM blobs WHERE org_id = $1 AND unused_since IS NULL', [scope.orgId])).toHaveLength(1);
  });

  it('stays while somebody sends the same, whoever came first', async () => {
    const files = new Files();
    await store(files, 'same');
    await mark();
    await letTimePass();
    let removing: Promise<{ removed: number }> | undefined;
    await bench.app.tenant(scope, async (tx) => {
      await storeBlobs(tx, scope, [{ hash: hashOf('same'), size: 1 }], files);
      removing = remove(files); // it skips what is held
      await removing;
    });
    expect(await removing).toMatchObject({ removed: 0 });
    expect(await remove(files)).toMatchObject({ removed: 0 });
    expect(files.there.size).toBe(1);
  });

  it('whose file went while it was sent again is asked for once more', async () => {
    const files = new Files();
    await expect(bench.app.tenant(scope, (tx) => storeBlobs(tx, scope, [{ hash: hashOf('gone'), size: 1 }], files))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await bench.count('blobs', scope)).toBe(0);
  });

  it('and that only a file tells of is removed as well, and one that a row names is left alone', async () => {
    const files = new Files();
    await store(files, 'named');
    files.there.add(hashOf('stray'));
    await document('named');
    const found = ['named', 'stray'].map((name) => ({ hash: hashOf(name), size: 1 }));
    expect(await bench.worker.tenant(scope, (tx) => adoptFiles(tx, scope, found))).toBe(1);
    expect(await remove(files)).toMatchObject({ removed: 1 });
    expect([...files.there]).toEqual([hashOf('named')]);
  });
});
