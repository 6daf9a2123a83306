import { createHmac } from 'node:crypto';
import pg from 'pg';
import { databaseOf, withDatabase, withoutPassword, withUser } from './database-urls.mjs';
import { StackError } from './stack-error.mjs';

/** The roles of Cairn. None is a superuser, none passes row-level security, and only the first owns anything. */
export const ROLES = Object.freeze({ ownerUrl: 'cairn_owner', appUrl: 'cairn_app', workerUrl: 'cairn_worker', dispatchUrl: 'cairn_dispatch' });

const ATTRIBUTES = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
const LOCK = 4_021_775_310; // one launcher at a time prepares a server

/** True when a session can be opened; false when not (yet). */
export async function canConnect(url) {
  return withClient(url, () => true).catch(() => false);
}

/** A text that differs for every database that was ever made, also for one made anew under the same address. */
export async function databaseIdentity(url) {
  return withClient(url, async (client) => {
    const sql = 'select system_identifier, (select oid from pg_database where datname = current_database()) from pg_control_system()';
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows[0].join(':');
  });
}

/**
 * Creates the four roles and the database, as far as they are missing, and returns one address per role:
 * `{ database, ownerUrl, appUrl, workerUrl, dispatchUrl }`. Can be repeated at any time.
 *
 * @param adminUrl a role that may create roles and databases. A database that it names is used; otherwise `cairn` is.
 * @param passwords of the roles; by default they are derived from the administrator's, so that every launcher of the
 *   same server arrives at the same ones.
 */
export async function prepareDatabase(adminUrl, { passwords = derivedPasswords(adminUrl) } = {}) {
  const database = databaseOf(adminUrl) || 'cairn';
  await withAdmin(withDatabase(adminUrl, 'postgres'), async (admin) => {
    for (const role of Object.values(ROLES)) await ensureRole(admin, role, passwords[role]);
    await limitTemporaryFiles(admin);
    await ensureDatabase(admin, database);
  });
  await withAdmin(withDatabase(adminUrl, database), (admin) => ensureGrants(admin, database));
  return { database, ...roleUrls(withDatabase(adminUrl, database), passwords) };
}

export function roleUrls(url, passwords) {
  return Object.fromEntries(Object.entries(ROLES).map(([name, role]) => [name, withUser(url, role, passwords[role])]));
}

function derivedPasswords(adminUrl) {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  if (!secret)
    throw new StackError(`${withoutPassword(adminUrl)} has no password to derive those of Cairn's roles from. Add one, or give all four: ${FOUR_URLS}.`);
  const derive = (role) => `k${createHmac('sha256', secret).update(`cairn role ${role}`).digest('hex').slice(0, 48)}`;
  return Object.fromEntries(Object.values(ROLES).map((role) => [role, derive(role)]));
}

const FOUR_URLS = 'DATABASE_OWNER_URL, DATABASE_URL, DATABASE_WORKER_URL and DATABASE_DISPATCH_URL';

async function withAdmin(url, work) {
  try {
    await withClient(url, async (admin) => {
      await admin.query('select pg_advisory_lock($1)', [LOCK]);
      await work(admin);
    });
  } catch (error) {
    throw explain(url, error);
  }
}

function explain(url, error) {
  const where = withoutPassword(url);
  if (error.code === '42501') {
    const advice = `Let an administrator create ${Object.values(ROLES).join(', ')} and a database that ${ROLES.ownerUrl} owns, and give all four addresses: ${FOUR_URLS}.`;
    return new StackError(`The role of ${where} may not create roles or databases (${error.message}). ${advice}`, { cause: error });
  }
  return new StackError(`The database server at ${where} could not be prepared: ${error.message || error.code}`, { cause: error });
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000, application_name: 'cairn-stack' });
  client.on('error', () => {}); // a server that goes away is seen by the query that needed it
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

// The password is set only when it does not work, for a role that others use at this moment stays untouched.
async function ensureRole(admin, role, password) {
  const { rowCount } = await admin.query('select from pg_roles where rolname = $1', [role]);
  const verb = rowCount ? 'ALTER' : 'CREATE';
  if (rowCount && (await hasPassword(admin, role, password))) return;
  await admin.query(`${verb} ROLE ${role} ${rowCount ? 'LOGIN' : ATTRIBUTES} PASSWORD ${admin.escapeLiteral(password)}`);
}

// How much a session sorts on disk is decided by statements of tenants. Only a superuser may limit it; who is none works without.
async function limitTemporaryFiles(admin) {
  if (await isSuperuser(admin)) await admin.query(`ALTER ROLE ${ROLES.appUrl} SET temp_file_limit = '4GB'`);
}

async function isSuperuser(admin) {
  const { rows } = await admin.query('select rolsuper from pg_roles where rolname = current_user');
  return rows[0].rolsuper;
}

async function hasPassword(admin, role, password) {
  const { host, port, database, ssl } = admin;
  const probe = new pg.Client({ host, port, database, ssl, user: role, password, connectionTimeoutMillis: 3_000 });
  return probe
    .connect()
    .then(() => true)
    .catch(() => false)
    .finally(() => probe.end().catch(() => {}));
}

async function ensureDatabase(admin, database) {
  const { rowCount } = await admin.query('select from pg_database where datname = $1', [database]);
  if (rowCount) return;
  await joinRole(admin, ROLES.ownerUrl);
  await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(database)} OWNER ${ROLES.ownerUrl}`);
}

// Who is not a superuser must be a member of a role to give it a database.
async function joinRole(admin, role) {
  if (!(await isSuperuser(admin))) await admin.query(`GRANT ${role} TO CURRENT_USER`);
}

async function ensureGrants(admin, database) {
  const name = admin.escapeIdentifier(database);
  await joinRole(admin, ROLES.ownerUrl);
  await admin.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${name} FROM PUBLIC`);
  await admin.query(`GRANT CONNECT, CREATE, TEMPORARY ON DATABASE ${name} TO ${ROLES.ownerUrl}`);
  await admin.query(`GRANT CONNECT ON DATABASE ${name} TO ${Object.values(ROLES).join(', ')}`);
  await admin.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${ROLES.ownerUrl} WITH GRANT OPTION`);
}
