import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';

// The roles that deploy/postgres/10-roles.sql makes, beside those that `npm start` makes.

const SCRIPT = fileURLToPath(new URL('../../../../deploy/postgres/10-roles.sql', import.meta.url));
const ROLES = ['owner', 'app', 'worker', 'dispatch'];
const tag = `t${randomBytes(4).toString('hex')}`;
const password = `it's "${tag}"`;

interface Facts {
  postgres: { superUrl: string; database: string };
}

const { postgres } = JSON.parse(readFileSync(process.env.STACK_JSON as string, 'utf8')) as Facts;

function addressOf(database: string, user?: string): string {
  const url = new URL(postgres.superUrl);
  url.pathname = `/${database}`;
  if (user) Object.assign(url, { username: user, password: encodeURIComponent(password) });
  return url.toString();
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The script as psql would send it, for roles and a database of this test's own. */
function scriptFor(database: string): string {
  return readFileSync(SCRIPT, 'utf8')
    .replace(/^\\getenv .*$/gm, '')
    .replace(/:'\w+_password'/g, pg.escapeLiteral(password))
    .replaceAll(':"DBNAME"', pg.escapeIdentifier(database))
    .replaceAll('cairn_', `${tag}_`);
}

/** What the roles of a prefix are and may do in a database. */
async function rightsOf(prefix: string, database: string): Promise<Record<string, unknown>> {
  const text = `SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolcanlogin,
      has_database_privilege(rolname, $2, 'CONNECT') AS connect, has_database_privilege(rolname, $2, 'CREATE') AS create, has_database_privilege(rolname, $2, 'TEMPORARY') AS temporary,
      has_schema_privilege(rolname, 'public', 'USAGE WITH GRANT OPTION') AS grants_usage, has_schema_privilege(rolname, 'public', 'CREATE') AS creates_tables
    FROM pg_roles WHERE rolname = $1`;
  return withClient(addressOf(database), async (client) => {
    const rights: Record<string, unknown> = {};
    for (const role of ROLES) rights[role] = (await client.query(text, [`${prefix}_${role}`, database])).rows[0];
    return rights;
  });
}

describe('deploy/postgres/10-roles.sql', () => {
  beforeAll(async () => {
    await withClient(postgres.superUrl, (client) => client.query(`CREATE DATABASE ${tag}`));
    await withClient(addressOf(tag), (client) => client.query(scriptFor(tag)));
  });

  afterAll(async () => {
    await withClient(postgres.superUrl, async (client) => {
      await client.query(`DROP DATABASE ${tag}`);
      for (const role of ROLES) await client.query(`DROP ROLE ${tag}_${role}`);
    });
  });

  it('makes the roles that npm start makes, with the same rights', async () => {
    const made = await rightsOf(tag, tag);
    expect(Object.values(made)).not.toContain(undefined);
    expect(made).toEqual(await rightsOf('cairn', postgres.database));
  });

  it('lets each role in with its password, and only the owner make tables', async () => {
    for (const role of ROLES) {
      const attempt = withClient(addressOf(tag, `${tag}_${role}`), (client) => client.query(`CREATE TABLE of_${role} (); DROP TABLE of_${role}`));
      if (role === 'owner') await attempt;
      else await expect(attempt).rejects.toThrow('permission denied');
    }
  });
});
