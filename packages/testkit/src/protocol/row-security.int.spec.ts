import { randomUUID } from 'node:crypto';
import { appendAudit, createApiKey, type Database, deleteVector, once, registerSpace, type TenantScope } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newScope, ProtocolBench, pointOf } from './protocol-bench.js';

jest.setTimeout(30_000);

let bench: ProtocolBench;
const [A, B] = [newScope(), newScope()];
beforeAll(async () => {
  bench = await ProtocolBench.open();
  for (const scope of [A, B]) await populate(scope);
  await bench.database.sql(`INSERT INTO system_facts VALUES ('fact', 'value')`);
}, 60_000);
afterAll(() => bench?.close());

const emailOf = ({ orgId }: TenantScope) => `${orgId}@example.org`;
const nameOf = ({ orgId }: TenantScope) => `somebody-${orgId}`;

/** At least one row of the organisation in every table. */
async function populate(scope: TenantScope): Promise<void> {
  await bench.app.tenant(scope, async (sql) => {
    await sql.rows('INSERT INTO organisations (id, name) VALUES ($1, $2)', [scope.orgId, 'test']);
    await sql.rows('INSERT INTO users (org_id, subject) VALUES ($1, $2)', [scope.orgId, 'somebody']);
    await createApiKey(sql, { scope, userId: null, role: null }, { name: 'key', scopes: ['read'] });
    await sql.rows('INSERT INTO accounts (org_id, user_id, email, username, password_hash) VALUES ($1, 1, $2, $3, $4)', [
      scope.orgId,
      emailOf(scope),
      nameOf(scope),
      'x',
    ]);
    await sql.rows(`INSERT INTO invitations (org_id, id, user_id, secret_hash, expires_at) VALUES ($1, gen_random_uuid(), 1, '\\x00', now())`, [scope.orgId]);
    await sql.rows('INSERT INTO sessions (org_id, id, user_id, expires_at) VALUES ($1, gen_random_uuid(), 1, now())', [scope.orgId]);
    await sql.rows(`INSERT INTO refresh_tokens (org_id, id, session_id, secret_hash) VALUES ($1, gen_random_uuid(), gen_random_uuid(), '\\x00')`, [
      scope.orgId,
    ]);
    await sql.rows(`INSERT INTO quotas (org_id, collection_id, set_by) VALUES ($1, gen_random_uuid(), 'x')`, [scope.orgId]);
    await appendAudit(sql, scope, { action: 'POST /things', thing: null, correlationId: 'c' });
    await sql.rows('INSERT INTO quota_usage (org_id, collection_id) VALUES ($1, gen_random_uuid())', [scope.orgId]);
  });
  const segment = { assetId: 'asset', segmentId: 's', text: 'text' };
  await bench.finish(await bench.lease(scope, await bench.acceptEmbed(scope, segment)));
  await bench.app.tenant(scope, (sql) => deleteVector(sql, scope, pointOf(scope, segment)));
  await bench.acceptEmbed(scope, segment);
  await once(bench.app, scope, { route: 'r', key: 'k', content: 1 }, async () => ({ status: 200, body: {} }));
  await registerSpace(bench.worker, { name: 'test-space', dimension: 3 });
  for (const [text, values] of Object.values(insertsOfCollections(scope.orgId))) await bench.database.sql(text, values);
}

/** A row for each table of collections. */
function insertsOfCollections(org: string): Record<string, [string, unknown[]]> {
  const some = [org, randomUUID()];
  return {
    collections: [`INSERT INTO collections (org_id, id, name, type, owner_id, serving_index_id) VALUES ($1, $2, $2::uuid::text, 'mixed', 1, $2)`, some],
    chunking_profiles: [`INSERT INTO chunking_profiles (org_id, id, name, strategy, created_by) VALUES ($1, $2, $2::uuid::text, 'auto', 'x')`, some],
    collection_shares: [`INSERT INTO collection_shares (org_id, collection_id, user_id, role) VALUES ($1, $2, 1, 'read')`, some],
    collection_indexes: [
      `INSERT INTO collection_indexes (org_id, id, collection_id, number, state, model, model_ver, space, quantization, chunking_strategy, chunk_size, chunk_overlap, store_name)
        VALUES ($1, $2, $2, 1, 'serving', 'm', 'v', 'sp', 'float32', 'auto', 100, 10, 'store')`,
      some,
    ],
    collection_aliases: ['INSERT INTO collection_aliases (org_id, name, collection_id) VALUES ($1, $2::uuid::text, $2)', some],
    collection_templates: [`INSERT INTO collection_templates (org_id, name, settings, owner_id) VALUES ($1, $2::uuid::text, '{}', 1)`, some],
    families: ['INSERT INTO families (org_id, id, name) VALUES ($1, $2, $2::uuid::text)', some],
    family_members: ['INSERT INTO family_members (org_id, family_id, collection_id) VALUES ($1, $2, $2)', some],
    family_values: [`INSERT INTO family_values (org_id, family_id, collection_id, place, value) VALUES ($1, $2, $2, 0, '"x"')`, some],
    learnt_fields: [`INSERT INTO learnt_fields (org_id, collection_id, keys) VALUES ($1, $2, '{model}')`, some],
    learnt_values: [`INSERT INTO learnt_values (org_id, field_id, what) VALUES ($1, $2, '["x"]')`, some],
    judgment_sets: [`INSERT INTO judgment_sets (org_id, id, name, judgments) VALUES ($1, $2, $2::uuid::text, '[]')`, some],
    evaluations: [`INSERT INTO evaluations (org_id, id, judgment_set_id, collection_ids, result) VALUES ($1, $2, $2, '{}', '{}')`, some],
    collection_versions: [
      `INSERT INTO collection_versions (org_id, collection_id, number, name, description, is_public, auto_maintenance, metadata, settings, changed_by)
        VALUES ($1, $2, 1, 'x', '', false, false, '{}', '{}', 'x')`,
      some,
    ],
    search_events: [
      `INSERT INTO search_events (org_id, at, id, collections, hit_collections, results, mode, is_reranked, ms, stages) VALUES ($1, now(), $2, '{}', '{}', 0, 'sparse', false, 1, '{}')`,
      some,
    ],
    sources: [`INSERT INTO sources (org_id, id, collection_id, source_type, source_path, created_by) VALUES ($1, $2, $2, 'file', '/x', 'x')`, some],
    operations: [`INSERT INTO operations (org_id, id, collection_id, type, state, created_by) VALUES ($1, $2, $2, 'append', 'completed', 'x')`, some],
    operation_events: [`INSERT INTO operation_events (org_id, operation_id, seq, type, percentage, data) VALUES ($1, $2, 1, 'progress', 1, '{}')`, some],
    blobs: [`INSERT INTO blobs (org_id, hash, size) VALUES ($1, encode(sha256(convert_to($2::text, 'UTF8')), 'hex'), 1)`, some],
    documents: [
      `INSERT INTO documents (org_id, id, collection_id, external_id, file_name, size_bytes, content_hash) VALUES ($1, $2, $2, 'x', 'x', 1, 'x')`,
      some,
    ],
    manifests: [
      `INSERT INTO manifests (org_id, document_id, index_id, gen, job_id, token, chunk_count, point_count, tokens, text_length) VALUES ($1, $2, $2, 1, $2, $2, 1, 1, 1, 1)`,
      some,
    ],
    chunks: [`INSERT INTO chunks (org_id, index_id, document_id, number, id, text, start_at, end_at, tokens) VALUES ($1, $2, $2, 0, $2, 'x', 0, 1, 1)`, some],
  };
}

type Role = 'app' | 'worker' | 'dispatch';
type Reach = 'nothing' | 'own' | 'all' | 'denied';

/** What a role sees of each table: without a scope, and inside one. Everything else is a leak or a broken service. */
const REACH: Record<string, Record<Role, [without: Reach, within: Reach]>> = {
  organisations: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  users: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  api_keys: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  accounts: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  invitations: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  sessions: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['all', 'all'] },
  refresh_tokens: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['all', 'all'] },
  idempotency_keys: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['all', 'all'] },
  jobs: { app: ['nothing', 'own'], worker: ['all', 'all'], dispatch: ['all', 'all'] },
  job_events: { app: ['nothing', 'own'], worker: ['all', 'all'], dispatch: ['all', 'all'] },
  job_attempts: { app: ['nothing', 'own'], worker: ['all', 'all'], dispatch: ['all', 'all'] },
  job_inputs: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  outbox: { app: ['nothing', 'own'], worker: ['all', 'all'], dispatch: ['all', 'all'] },
  vectors: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  garbage_points: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  quotas: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['denied', 'denied'] },
  audit_log: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['all', 'all'] },
  chunking_profiles: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  quota_usage: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['denied', 'denied'] },
  fresh_points: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['all', 'all'] },
  collections: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  collection_indexes: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  sources: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  operations: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  documents: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  operation_events: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  collection_shares: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['denied', 'denied'] },
  collection_aliases: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  collection_templates: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  families: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['all', 'all'] },
  family_members: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  family_values: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  learnt_fields: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  learnt_values: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  judgment_sets: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  evaluations: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['denied', 'denied'] },
  search_events: { app: ['nothing', 'own'], worker: ['denied', 'denied'], dispatch: ['all', 'all'] },
  collection_versions: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['denied', 'denied'] },
  blobs: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  manifests: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
  chunks: { app: ['nothing', 'own'], worker: ['nothing', 'own'], dispatch: ['all', 'all'] },
};
const SHARED = ['device_leases', 'migrations', 'models', 'spaces', 'system_facts'];
/** What documents were cut into, which only workers write. */
const ADDED_BY_WORKER = ['manifests', 'chunks'];
const NOT_ADDED_BY_APP = ['job_attempts', 'fresh_points', ...ADDED_BY_WORKER];
const without = <T>(rows: Record<string, T>, names: string[]) => Object.fromEntries(Object.entries(rows).filter(([name]) => !names.includes(name)));
const databaseOf = (role: Role): Database => bench[role];
const tenantColumn = (table: string): string => (table === 'organisations' ? 'id' : 'org_id');

async function reachOf(read: () => Promise<{ org: string }[]>): Promise<Reach> {
  const rows = await read().catch((error: { code?: string }) => (error.code === '42501' ? undefined : Promise.reject(error)));
  if (!rows) return 'denied';
  const orgs = new Set(rows.map((row) => row.org));
  if (orgs.size === 0) return 'nothing';
  return orgs.size === 1 && orgs.has(A.orgId) ? 'own' : 'all';
}

describe('the catalogue of the database', () => {
  const namesOf = async (text: string) => (await bench.database.sql<{ name: string }>(text)).map((row) => row.name);

  it('T1: every table is either one of a tenant, with what it shows to whom, or known to be shared', async () => {
    const tables = await namesOf(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
    expect(tables).toEqual([...Object.keys(REACH), ...SHARED].sort());
  });

  it('T1: every table of a tenant has row-level security and a policy that compares the organisation', async () => {
    const secured = await namesOf(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relrowsecurity ORDER BY 1`,
    );
    expect(secured).toEqual(Object.keys(REACH).sort());
    const policies = await bench.database.sql<{ tablename: string; qual: string; with_check: string; permissive: string }>(
      `SELECT tablename, qual, with_check, permissive FROM pg_policies WHERE policyname = 'tenant'`,
    );
    expect(policies.map((policy) => policy.tablename).sort()).toEqual(Object.keys(REACH).sort());
    for (const { tablename, qual, with_check } of policies) {
      expect(qual).toMatch(new RegExp(`^\\(${tenantColumn(tablename)} = .*app\\.org_id`));
      expect(with_check).toBe(qual);
    }
  });

  it('T1: every primary and unique key of a tenant table contains the organisation, so that no tenant can collide with another', async () => {
    const without = await bench.database.sql<{ index: string }>(
      `SELECT i.indexrelid::regclass::text AS index FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
       WHERE t.relnamespace = 'public'::regnamespace AND i.indisunique AND t.relrowsecurity AND t.relname <> 'organisations'
         AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'org_id' AND a.attnum = ANY (i.indkey::int2[]))`,
    );
    expect(without).toEqual([]);
  });

  it('T1: no service role owns anything, is a superuser, passes row-level security or can become one that does', async () => {
    const roles = await bench.database.sql<{ rolname: string }>(
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'cairn\\_%' AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication) ORDER BY 1`,
    );
    expect(roles.map((role) => role.rolname)).toEqual(['cairn_app', 'cairn_dispatch', 'cairn_owner', 'cairn_worker']);
    const owners = await namesOf(`SELECT DISTINCT tableowner AS name FROM pg_tables WHERE schemaname = 'public'`);
    expect(owners).toEqual(['cairn_owner']);
    const memberships = await namesOf(
      `SELECT m.rolname AS name FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member WHERE m.rolname IN ('cairn_app', 'cairn_worker', 'cairn_dispatch')`,
    );
    expect(memberships).toEqual([]);
  });

  it('T1: nothing runs or reads with the rights of its owner: no SECURITY DEFINER function, no view', async () => {
    expect(await namesOf(`SELECT proname AS name FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace`)).toEqual([]);
    expect(
      await namesOf(
        `SELECT viewname AS name FROM pg_views WHERE schemaname = 'public' UNION ALL SELECT matviewname FROM pg_matviews WHERE schemaname = 'public'`,
      ),
    ).toEqual([]);
  });

  it('P9: no service role may change the schema or read the migrations', async () => {
    for (const role of ['app', 'worker', 'dispatch'] as const) {
      for (const text of [
        'CREATE TABLE stray (id int)',
        'ALTER TABLE jobs DISABLE ROW LEVEL SECURITY',
        'DROP POLICY tenant ON jobs',
        'TRUNCATE jobs',
        'SELECT * FROM migrations',
        'SET ROLE cairn_owner',
      ])
        await expect([
          role,
          text,
          await databaseOf(role)
            .single(text)
            .catch((error) => error.code),
        ]).toEqual([role, text, '42501']);
    }
  });
});

describe('what each role sees', () => {
  for (const [table, reach] of Object.entries(REACH)) {
    for (const role of ['app', 'worker', 'dispatch'] as const) {
      it(`T1: ${role} sees ${reach[role].join(', then within a scope ')} of ${table}`, async () => {
        const text = `SELECT ${tenantColumn(table)} AS org FROM ${table}`;
        const without = await reachOf(() => databaseOf(role).single<{ org: string }>(text));
        const within = await reachOf(() => databaseOf(role).tenant(A, (sql) => sql.rows<{ org: string }>(text)));
        expect([without, within]).toEqual(reach[role]);
      });
    }
  }

  it('T6: who names an account sees that one, of whichever organisation, and only before any other table', async () => {
    const seenAs = (name: string) =>
      bench.app.system(async (sql) => {
        await sql.rows(`SELECT set_config('app.login', $1, true)`, [name]);
        const accounts = await sql.rows<{ org: string }>('SELECT org_id AS org FROM accounts');
        return {
          accounts: accounts.map(({ org }) => org),
          others: await sql.rows('SELECT 1 FROM users UNION ALL SELECT 1 FROM sessions UNION ALL SELECT 1 FROM invitations'),
        };
      });
    for (const scope of [A, B]) for (const name of [emailOf(scope), nameOf(scope)]) expect(await seenAs(name)).toEqual({ accounts: [scope.orgId], others: [] });
    for (const name of ['', 'nobody@example.org', '%']) expect(await seenAs(name)).toEqual({ accounts: [], others: [] });
    const change = bench.app.tenant(A, async (sql) => {
      await sql.rows(`SELECT set_config('app.login', $1, true)`, [emailOf(B)]);
      return sql.rows(`UPDATE accounts SET password_hash = 'forged' WHERE email = $1 RETURNING 1`, [emailOf(B)]);
    });
    expect(await change).toEqual([]);
  });

  it('A1: who takes old questions away cannot read them', async () => {
    await expect(bench.dispatch.single('SELECT query FROM search_events')).rejects.toMatchObject({ code: '42501' });
  });

  it('T1: a scope that is empty or no UUID shows nothing at all', async () => {
    for (const value of ['', ' ']) {
      const rows = await bench.app.system(async (sql) => {
        await sql.rows(`SELECT set_config('app.org_id', $1, true)`, [value.trim()]);
        return sql.rows('SELECT 1 FROM jobs');
      });
      expect(rows).toEqual([]);
    }
    const asked: string[] = [];
    const ask = async () => {
      asked.push('something');
    };
    await expect(bench.app.tenant({ ...A, orgId: `${A.orgId}' OR 1=1 --` } as never, ask)).rejects.toThrow('must be a UUID');
    expect(asked).toEqual([]);
  });
});

describe('what the application can write', () => {
  const inserts: Record<string, [string, unknown[]]> = {
    organisations: ['INSERT INTO organisations (id, name) VALUES ($1, $2)', [randomUUID(), 'x']],
    users: ['INSERT INTO users (org_id, subject) VALUES ($1, $2)', [B.orgId, 'forged']],
    api_keys: [
      `INSERT INTO api_keys (org_id, id, name, secret_hash, scopes, created_by) VALUES ($1, $2, 'x', '\\x00', '{admin}', 'x')`,
      [B.orgId, randomUUID()],
    ],
    jobs: [
      `INSERT INTO jobs (org_id, id, type, lane, job_key, payload, max_attempts, deadline_at, created_by, event_xid) VALUES ($1, $2, 'mock_process', 'bulk', 'k', '{}', 1, now(), 'x', 1)`,
      [B.orgId, randomUUID()],
    ],
    job_events: [
      `INSERT INTO job_events (org_id, job_id, seq, feed_xid, state, stage, progress) VALUES ($1, $2, 1, 1, 'queued', 'queued', 0)`,
      [B.orgId, randomUUID()],
    ],
    job_inputs: [`INSERT INTO job_inputs (org_id, job_id, point_id, ordinal, gen, text) VALUES ($1, $2, $2, 0, 1, 'x')`, [B.orgId, randomUUID()]],
    outbox: [`INSERT INTO outbox (org_id, id, job_id, job_type, lane) VALUES ($1, $2, $2, 'mock_process', 'bulk')`, [B.orgId, randomUUID()]],
    vectors: [
      `INSERT INTO vectors (org_id, point_id, asset_id, segment_id, model, model_ver, space, gen) VALUES ($1, $2, 'a', 's', 'm', 'v', 'sp', 1)`,
      [B.orgId, randomUUID()],
    ],
    garbage_points: [`INSERT INTO garbage_points (org_id, space, stored_id, due_at) VALUES ($1, 'sp', $2, now())`, [B.orgId, randomUUID()]],
    accounts: [`INSERT INTO accounts (org_id, user_id, email, password_hash) VALUES ($1, 2, $2, 'x')`, [B.orgId, 'forged@example.org']],
    invitations: [`INSERT INTO invitations (org_id, id, user_id, secret_hash, expires_at) VALUES ($1, $2, 1, '\\x00', now())`, [B.orgId, randomUUID()]],
    sessions: [`INSERT INTO sessions (org_id, id, user_id, expires_at) VALUES ($1, $2, 1, now())`, [B.orgId, randomUUID()]],
    refresh_tokens: [`INSERT INTO refresh_tokens (org_id, id, session_id, secret_hash) VALUES ($1, $2, $2, '\\x00')`, [B.orgId, randomUUID()]],
    quotas: [`INSERT INTO quotas (org_id, collection_id, set_by) VALUES ($1, $2, 'x')`, [B.orgId, randomUUID()]],
    audit_log: [`INSERT INTO audit_log (org_id, id, actor, action, correlation_id) VALUES ($1, $2, 'a', 'a', 'c')`, [B.orgId, randomUUID()]],
    quota_usage: ['INSERT INTO quota_usage (org_id, collection_id) VALUES ($1, $2)', [B.orgId, randomUUID()]],
    idempotency_keys: [
      `INSERT INTO idempotency_keys (org_id, route, key, request_hash, status, expires_at) VALUES ($1, 'r', $2, '\\x00', 200, now())`,
      [B.orgId, randomUUID()],
    ],
    ...without(insertsOfCollections(B.orgId), ADDED_BY_WORKER),
  };

  it('T1: no row for another organisation, in any table', async () => {
    expect(Object.keys(inserts).sort()).toEqual(
      Object.keys(REACH)
        .filter((table) => !NOT_ADDED_BY_APP.includes(table))
        .sort(),
    );
    for (const [table, [text, values]] of Object.entries(inserts)) {
      const refused = await bench.app.tenant(A, (sql) => sql.rows(text, values)).catch((error: Error) => error.message);
      expect([table, refused]).toEqual([table, `new row violates row-level security policy for table "${table}"`]);
    }
    const fresh = bench.worker.tenant(A, (sql) =>
      sql.rows(`INSERT INTO fresh_points (org_id, id, space, point_ids) VALUES ($1, gen_random_uuid(), 'sp', '{}')`, [B.orgId]),
    );
    await expect(fresh).rejects.toThrow('row-level security');
    for (const table of ADDED_BY_WORKER) {
      const [text, values] = insertsOfCollections(B.orgId)[table] as [string, unknown[]];
      await expect(bench.worker.tenant(A, (sql) => sql.rows(text, values))).rejects.toThrow(`row-level security policy for table "${table}"`);
    }
  });

  it('T1: no change to a row of another organisation, and none that gives a row away', async () => {
    const id = await bench.acceptMock(B);
    const change = (text: string, values: unknown[]) => bench.app.tenant(A, (sql) => sql.rows(text, values));
    expect(await change(`UPDATE jobs SET stage = 'forged' WHERE id = $1 RETURNING id`, [id])).toEqual([]);
    expect(await change('DELETE FROM outbox WHERE job_id = $1 RETURNING id', [id])).toEqual([]);
    expect(await change('UPDATE api_keys SET revoked_at = now() WHERE org_id = $1 RETURNING id', [B.orgId])).toEqual([]);
    await expect(change('UPDATE vectors SET org_id = $1', [B.orgId])).rejects.toThrow('row-level security');
    expect((await bench.job(id)).stage).toBe('queued');
  });

  it('T1: an upsert cannot reach the row of another organisation either', async () => {
    const before = await bench.vector(B, { assetId: 'asset', segmentId: 's' });
    await bench.acceptEmbed(A, { assetId: 'asset', segmentId: 's', text: 'mine' });
    expect(await bench.vector(B, { assetId: 'asset', segmentId: 's' })).toEqual(before);
  });
});
