import { createHash } from 'node:crypto';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import type { Database, Sql, Statement } from './database.js';

export interface Answer {
  status: number;
  body: unknown;
}

export interface IdempotentRequest {
  /** Method and route template. */
  route: string;
  key: string;
  /** Everything the effect depends on: path parameters and body. */
  content: unknown;
}

interface KeptAnswer extends Answer {
  request_hash: Buffer;
}

/** What is to be said of the routes that write. */
export const IDEMPOTENT = { 'Idempotency-Key': 'The same key and body again get the first answer and take effect once, for 24 hours.' };

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Throws for what is sent as a key and can be none. */
export function checkIdempotencyKey(key: string | undefined): string | undefined {
  if (key === undefined || KEY.test(key)) return key;
  throw new CairnError('invalid_input', 'The header Idempotency-Key must be 1 to 255 visible ASCII characters.', {
    errors: [{ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }],
  });
}

const LOCK: Statement = { name: 'idempotency_lock', text: `SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || ' ' || $2 || ' ' || $3, 0)) AS mine` };
const READ: Statement = {
  name: 'idempotency_read',
  text: 'SELECT request_hash, status, body FROM idempotency_keys WHERE org_id = $1 AND route = $2 AND key = $3 AND expires_at > clock_timestamp()',
};
const KEEP: Statement = {
  name: 'idempotency_keep',
  text: `INSERT INTO idempotency_keys (org_id, route, key, request_hash, status, body, expires_at) VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + interval '24 hours')
    ON CONFLICT (org_id, route, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status, body = excluded.body, expires_at = excluded.expires_at`,
};

/**
 * Runs `work` once per key: its effect and its answer are committed together, and a repeat gets the first answer.
 * An answer that is an error rolls back, so nothing is kept of it.
 */
export function once(database: Database, scope: TenantScope, request: IdempotentRequest, work: (sql: Sql) => Promise<Answer>): Promise<Answer> {
  const id = [scope.orgId, request.route, request.key];
  return database.tenant(scope, async (sql) => {
    const [lock] = await sql.rows<{ mine: boolean }>(LOCK, id);
    if (!lock?.mine) throw requestInFlight(request.key);
    const [kept] = await sql.rows<KeptAnswer>(READ, id);
    if (kept) return replay(kept, request);
    const answer = await work(sql);
    await sql.rows(KEEP, [...id, hashOf(request), answer.status, JSON.stringify(answer.body ?? null)]);
    return answer;
  });
}

export function requestInFlight(key: string): CairnError {
  return new CairnError('request_in_flight', `A request with the Idempotency-Key ${JSON.stringify(key)} is still being handled. Ask again in a moment.`, {
    retryAfterSeconds: 1,
  });
}

/** The first answer to a request that is made again; undefined where there is none yet. */
export async function keptAnswer(database: Database, scope: TenantScope, request: IdempotentRequest): Promise<Answer | undefined> {
  const [kept] = await database.tenant(scope, (sql) => sql.rows<KeptAnswer>(READ, [scope.orgId, request.route, request.key]));
  return kept && replay(kept, request);
}

function hashOf({ content }: IdempotentRequest): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(content) ?? '')
    .digest();
}

function replay(kept: KeptAnswer, request: IdempotentRequest): Answer {
  if (!kept.request_hash.equals(hashOf(request))) {
    throw new CairnError(
      'idempotency_mismatch',
      `The Idempotency-Key ${JSON.stringify(request.key)} was already used for another request. Use a new key for a new request.`,
    );
  }
  return { status: kept.status, body: kept.body ?? undefined };
}
