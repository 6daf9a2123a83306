import { randomUUID } from 'node:crypto';
import { AppDatabaseConfig, createDataSource, Database, migrate, openDatabase, type Sql, schemaDrift } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

type DataSource = ReturnType<typeof createDataSource>;

async function withOwner<T>(work: (owner: DataSource) => Promise<T>): Promise<T> {
  const owner = await createDataSource({ url: bench.database.urls.ownerUrl, applicationName: 'test', poolSize: 2 }).initialize();
  return work(owner).finally(() => owner.destroy());
}

/** A database of one connection, so that every call gets the same one. */
async function singleConnection(): Promise<{ database: Database; close(): Promise<void> }> {
  const source = await createDataSource({ url: bench.database.urls.appUrl, applicationName: 'test-single', poolSize: 1 }).initialize();
  return { database: new Database(source), close: () => source.destroy() };
}

describe('a pooled connection', () => {
  const TENANT = `SELECT current_setting('app.org_id', true) AS tenant, (SELECT count(*)::int FROM jobs) AS jobs, pg_backend_pid() AS pid`;
  type Seen = { tenant: string | null; jobs: number; pid: number };

  it('O16: forgets the tenant at the end of the transaction, however it ends', async () => {
    const scope = newScope();
    await bench.acceptMock(scope);
    const { database, close } = await singleConnection();
    try {
      const [inside] = await database.tenant(scope, (sql) => sql.rows<Seen>(TENANT));
      expect(inside).toMatchObject({ tenant: scope.orgId, jobs: 1 });
      const endings: (() => Promise<unknown>)[] = [
        () => database.tenant(scope, (sql) => sql.rows('SELECT 1')),
        () => database.tenant(scope, () => Promise.reject(new Error('work failed'))),
        () => database.tenant(scope, (sql) => sql.rows('SELECT 1 / 0')),
        () => database.tenantSnapshot(scope, (sql) => sql.rows('SELECT 1')),
        () => bench.acceptMock(scope),
      ];
      for (const end of endings) {
        await end().catch(() => undefined);
        const [after] = await database.single<Seen>(TENANT);
        expect(after).toEqual({ tenant: '', jobs: 0, pid: inside?.pid });
      }
    } finally {
      await close();
    }
  });

  it('T9: a value that cannot be written spoils a prepared statement for nobody', async () => {
    const { database, close } = await singleConnection();
    const statement = { name: 'kept', text: 'SELECT $1::text AS value' };
    const unwritable = {
      toPostgres: () => {
        throw new RangeError('too much');
      },
    };
    try {
      for (const run of [
        (values: unknown[]) => database.single(statement, values),
        (values: unknown[]) => database.tenant(newScope(), (sql) => sql.rows(statement, values)),
      ]) {
        for (const attempt of [1, 2]) expect([attempt, await run(['good'])]).toEqual([attempt, [{ value: 'good' }]]);
        await expect(run([unwritable])).rejects.toThrow('too much');
        expect(await run(['good'])).toEqual([{ value: 'good' }]);
      }
    } finally {
      await close();
    }
  });

  it('O16: a statement that sets its tenant itself leaves none behind', async () => {
    const scope = newScope();
    const { database, close } = await singleConnection();
    try {
      const { acceptJob } = await import('@cairn/common');
      await acceptJob(database, scope, { type: 'mock_process', jobKey: 'k', payload: {}, maxAttempts: 1 });
      expect((await database.single<Seen>(TENANT))[0]).toMatchObject({ tenant: '', jobs: 0 });
    } finally {
      await close();
    }
  });

  it('F9: one that Postgres ended in mid-work is an outage for its caller, and the next caller gets another', async () => {
    const scope = newScope();
    const { database, close } = await singleConnection();
    const end = async (sql: Sql) => {
      const [me] = await sql.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await bench.database.sql('SELECT pg_terminate_backend($1, 5000)', [me?.pid]);
    };
    try {
      const cut = database.tenant(scope, async (sql) => {
        await end(sql);
        await sql.rows('SELECT 1');
      });
      await expect(cut).rejects.toMatchObject({ code: 'unavailable', dependency: 'pg' });
      expect(await database.single('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await expect(database.tenant(scope, end)).rejects.toMatchObject({ code: 'outcome_unknown', status: 503 });
      expect(await database.single('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      await close();
    }
  });
});

describe('opening the database', () => {
  const config = (url: string): AppDatabaseConfig => Object.assign(new AppDatabaseConfig(), { url });

  it('G1: is refused when Postgres would answer a commit before it is on disk', async () => {
    const set = (value: string) => bench.database.sql(`ALTER ROLE cairn_app IN DATABASE ${bench.database.name} SET synchronous_commit = ${value}`);
    try {
      for (const value of ['off', 'local']) {
        await set(value);
        await expect(openDatabase(config(bench.database.urls.appUrl), 'test')).rejects.toThrow(`synchronous_commit=${value}`);
      }
    } finally {
      await bench.database.sql(`ALTER ROLE cairn_app IN DATABASE ${bench.database.name} RESET synchronous_commit`);
    }
    await (await openDatabase(config(bench.database.urls.appUrl), 'test')).close();
  });

  it('T1: is refused as a role that row-level security does not bind', async () => {
    await expect(openDatabase(config(bench.database.urls.superUrl), 'test')).rejects.toThrow('bypasses row-level security');
  });
});

describe('migrations', () => {
  const TABLES = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations' ORDER BY 1`;
  const namesOf = async (text: string) => (await bench.database.sql<{ name: string }>(text)).map((row) => row.name);

  it('O5: the schema is what the entities say, and a difference would be noticed', async () => {
    await withOwner(async (owner) => {
      expect(await schemaDrift(owner)).toEqual([]);
      await owner.query('ALTER TABLE jobs ADD COLUMN stray text');
      await owner.query('DROP INDEX vectors_asset_idx');
      expect((await schemaDrift(owner)).join('\n')).toMatch(/stray[\s\S]*vectors_asset_idx|vectors_asset_idx[\s\S]*stray/);
      await owner.query('ALTER TABLE jobs DROP COLUMN stray');
      await owner.query('CREATE INDEX vectors_asset_idx ON vectors (org_id, asset_id, segment_id, space)');
      expect(await schemaDrift(owner)).toEqual([]);
    });
  });

  it('O5: down leaves nothing behind, and up again makes the same schema', async () => {
    const SCHEMA = `SELECT c.relname || ' ' || pg_get_constraintdef(k.oid) AS name FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND k.contype IN ('p', 'u', 'c') ORDER BY 1`;
    const GRANTS = `SELECT grantee || ' ' || privilege_type || ' ' || table_name AS name FROM information_schema.role_table_grants WHERE table_schema = 'public' ORDER BY 1`;
    const POLICIES = `SELECT tablename || ' ' || policyname || ' ' || roles::text || ' ' || qual AS name FROM pg_policies WHERE schemaname = 'public' ORDER BY 1`;
    const before = [await namesOf(TABLES), await namesOf(SCHEMA), await namesOf(GRANTS), await namesOf(POLICIES)];
    await withOwner(async (owner) => {
      for (let steps = (await owner.query('SELECT count(*)::int AS n FROM migrations'))[0].n; steps > 0; steps--) await owner.undoLastMigration();
      expect(await namesOf(TABLES)).toEqual([]);
      expect(await namesOf(`SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace`)).toEqual([]);
      await migrate(owner);
      expect(await schemaDrift(owner)).toEqual([]);
    });
    expect([await namesOf(TABLES), await namesOf(SCHEMA), await namesOf(GRANTS), await namesOf(POLICIES)]).toEqual(before);
  });

  /** Undoes the migration of this name, and all that came after it. */
  async function undoFrom(owner: DataSource, name: string): Promise<void> {
    const [found] = await owner.query('SELECT count(*)::int AS n FROM migrations WHERE id >= (SELECT id FROM migrations WHERE name LIKE $1)', [`${name}%`]);
    expect(found.n).toBeGreaterThan(0);
    for (let steps = found.n; steps > 0; steps--) await owner.undoLastMigration();
  }

  it('O5: models of every kind can be registered, and those of a kind that goes with its migration go too', async () => {
    const kinds = async () => await namesOf(`SELECT kind AS name FROM models WHERE licence = 'of this test' ORDER BY 1`);
    const register = (kind: string) => {
      const vectors = kind === 'reranker' ? 'NULL, NULL' : `8, 'space of ${kind}'`;
      return `INSERT INTO models (id, version, aliases, shorter_dimensions, max_tokens, fingerprint, licence, origin, kind, dimension, space)
        VALUES ('a ${kind}', 'v1', '{}', '{}', 8, '${kind}', 'of this test', 'here', '${kind}', ${vectors})`;
    };
    await withOwner(async (owner) => {
      for (const kind of ['onnx', 'clip', 'remote', 'ensemble', 'reranker']) await owner.query(register(kind));
      await undoFrom(owner, 'Serving');
      expect(await kinds()).toEqual(['clip', 'onnx', 'remote', 'reranker']);
      await expect(owner.query(register('ensemble'))).rejects.toThrow('models_kind_check');
      await owner.undoLastMigration();
      expect(await kinds()).toEqual(['onnx', 'remote', 'reranker']);
      await expect(owner.query(register('clip'))).rejects.toThrow('models_kind_check');
      await migrate(owner);
      for (const kind of ['clip', 'ensemble']) await owner.query(register(kind));
      await owner.query(`DELETE FROM models WHERE licence = 'of this test'`);
    });
  });

  it('T7: keys that were made with keys get the user they go back to, and those of one who was removed are revoked', async () => {
    const [{ orgId }, ids] = [newScope(), Array.from({ length: 6 }, () => randomUUID())];
    const [first, second, third, ofRemoved, operators, ofOperators] = ids;
    await withOwner(async (owner) => {
      await undoFrom(owner, 'KeysAndSessions');
      const add = `INSERT INTO api_keys (org_id, id, name, secret_hash, scopes, created_by) VALUES ($1, $2, 'k', '\\x00', '{admin}', $3)`;
      const addUser = async (text: string): Promise<string> =>
        (await owner.query(`INSERT INTO users (org_id, subject, removed_at) VALUES ($1, gen_random_uuid()::text, ${text}) RETURNING id`, [orgId]))[0].id;
      const [maker, removed] = [await addUser('NULL'), await addUser('now()')];
      const makers = [`user:${maker}`, `key:${first}`, `key:${second}`, `user:${removed}`, 'operator', `key:${operators}`];
      for (const [index, by] of makers.entries()) await owner.query(add, [orgId, ids[index], by]);
      await owner.query(add, [orgId, randomUUID(), `key:${ofRemoved}`]);
      await migrate(owner);
      const keys = await owner.query('SELECT id, created_by AS by, revoked_at IS NOT NULL AS "isRevoked" FROM api_keys WHERE org_id = $1', [orgId]);
      const madeBy = (by: string, isRevoked: boolean) => keys.filter((key: { by: string; isRevoked: boolean }) => key.by === by && key.isRevoked === isRevoked);
      expect(
        madeBy(`user:${maker}`, false)
          .map(({ id }: { id: string }) => id)
          .sort(),
      ).toEqual([first, second, third].sort());
      expect(madeBy(`user:${removed}`, true)).toHaveLength(2);
      expect([madeBy('operator', false), madeBy(`key:${operators}`, false)]).toMatchObject([[{ id: operators }], [{ id: ofOperators }]]);
    });
  });

  it('I12: paths of sources that were added before all spellings were one are spelled alike, where no other has the path', async () => {
    const [{ orgId }, collectionId, other] = [newScope(), randomUUID(), randomUUID()];
    const paths = ['/r/a/', '/r//b/./c', '/r/d', '/r/d/', '/r//e', '/r/e/', '/', 'things//docs/', 'https://example.com//a/'];
    await withOwner(async (owner) => {
      await undoFrom(owner, 'SpelledPaths');
      const add = `INSERT INTO sources (org_id, id, collection_id, source_type, source_path, config, created_by) VALUES ($1, gen_random_uuid(), $2, 'directory', $3, '{}', 'operator')`;
      for (const path of paths) await owner.query(add, [orgId, collectionId, path]);
      await owner.query(add, [orgId, other, '/r/d/']);
      await owner.query(`UPDATE sources SET removed_at = now() WHERE org_id = $1 AND source_path = '/'`, [orgId]);
      await migrate(owner);
      const pathsOf = async (id: string) =>
        (await owner.query('SELECT source_path AS path FROM sources WHERE collection_id = $1 ORDER BY created_at', [id])).map(
          ({ path }: { path: string }) => path,
        );
      expect(await pathsOf(collectionId)).toEqual(['/r/a', '/r/b/c', '/r/d', '/r/d/', '/r/e', '/r/e/', '/', 'things//docs/', 'https://example.com//a/']);
      expect(await pathsOf(other)).toEqual(['/r/d']);
    });
  });

  it('O5: three services that migrate at the same moment all succeed, and each migration ran once', async () => {
    await withOwner(async (owner) => {
      for (let steps = (await owner.query('SELECT count(*)::int AS n FROM migrations'))[0].n; steps > 0; steps--) await owner.undoLastMigration();
    });
    const ran = (await Promise.all([0, 1, 2].map(() => withOwner(migrate)))).flat();
    expect(ran.length).toBeGreaterThan(0);
    expect(new Set(ran).size).toBe(ran.length);
    expect(await withOwner(migrate)).toEqual([]);
    await bench.acceptMock(newScope());
  });

  it('O5: the checks behind the statements are there, by name', async () => {
    const checks = await namesOf(`SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY 1`);
    expect(checks).toEqual([
      'api_keys_maker_role_check',
      'api_keys_scopes_check',
      'blobs_hash_check',
      'collection_indexes_quantization_check',
      'collection_indexes_state_check',
      'collection_shares_role_check',
      'collections_type_check',
      'documents_status_check',
      'families_route_check',
      'families_route_kind_check',
      'job_inputs_content_check',
      'jobs_attempts_check',
      'jobs_collection_check',
      'jobs_lane_check',
      'jobs_lease_check',
      'jobs_progress_check',
      'jobs_state_check',
      'models_kind_check',
      'operations_percentage_check',
      'operations_state_check',
      'operations_type_check',
      'quotas_bytes_check',
      'quotas_documents_check',
      'quotas_operations_per_hour_check',
      'quotas_sources_check',
      'search_events_mode_check',
      'sources_sync_check',
      'users_role_check',
      'vectors_live_check',
    ]);
    expect(await namesOf(`SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`)).toEqual([
      'audit_log_stays',
      'documents_learn_changed',
      'documents_learn_new',
      'jobs_fill_collection',
      'jobs_tell',
      'jobs_transition',
    ]);
  });
});
