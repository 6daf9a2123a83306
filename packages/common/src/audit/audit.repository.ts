import type { Database, Sql, Statement } from '../data/database.js';
import { newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** Something that was done, or refused, in an organisation. It holds names and numbers, never what a document says. */
export interface NewAuditEntry {
  /** Method and address with its parameters' names, as `DELETE /collections/{id}`; with `denied` before that where it was refused. */
  action: string;
  /** What it was done to; the id that the answer named where it came to be. */
  thing: string | null;
  correlationId: string;
  details?: Record<string, unknown>;
}

export interface AuditEntry {
  id: string;
  at: Date;
  actor: string;
  action: string;
  thing: string | null;
  correlationId: string;
  details: Record<string, unknown>;
  /** Its place in the chain; null for a moment after it was written. */
  seq: number | null;
  hash: string | null;
}

export interface AuditFilter {
  /** Only those before the entry with this id. */
  before?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  limit: number;
}

/** How the chain of an organisation is: its last link is worth keeping elsewhere, because a chain cannot say that its end was cut off. */
export interface AuditChain {
  length: number;
  hash: string | null;
  /** The first link that does not fit to those before it; null when all do. */
  brokenAt: number | null;
}

const APPEND: Statement = {
  name: 'append_audit',
  text: 'INSERT INTO audit_log (org_id, id, actor, action, thing, correlation_id, details) VALUES ($1, $2, $3, $4, $5, $6, $7)',
};

const LIST: Statement = {
  name: 'list_audit',
  text: `SELECT id, at, actor, action, thing, correlation_id AS "correlationId", details, seq::int, encode(hash, 'hex') AS hash FROM audit_log
    WHERE org_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR actor = $3) AND ($4::text IS NULL OR action = $4) ORDER BY id DESC LIMIT $5`,
};

const VERIFY: Statement = {
  name: 'verify_audit',
  text: `SELECT count(*)::int AS length, encode((array_agg(hash ORDER BY seq DESC))[1], 'hex') AS hash,
      (min(place) FILTER (WHERE seq <> place OR hash IS DISTINCT FROM audit_hash(before, seq, entry)))::int AS "brokenAt"
    FROM (SELECT a AS entry, a.seq, a.hash, lag(a.hash) OVER w AS before, row_number() OVER w AS place FROM audit_log a WHERE a.org_id = $1 AND a.seq IS NOT NULL
      WINDOW w AS (ORDER BY a.seq)) links`,
};

/** Writes the entry into the transaction of what it tells of: both are there, or neither. */
export async function appendAudit(sql: Sql, scope: TenantScope, { action, thing, correlationId, details = {} }: NewAuditEntry): Promise<void> {
  await sql.rows(APPEND, [scope.orgId, newId(), scope.actor, action, thing, correlationId, details]);
}

/** A page of what was done in the organisation, newest first. */
export function listAudit(sql: Sql, scope: TenantScope, { before, actor, action, limit }: AuditFilter): Promise<AuditEntry[]> {
  return sql.rows<AuditEntry>(LIST, [scope.orgId, before ?? null, actor ?? null, action ?? null, limit]);
}

/** Reads the whole chain of the organisation and looks whether each link fits. */
export async function verifyAuditChain(sql: Sql, scope: TenantScope): Promise<AuditChain> {
  const [chain] = await sql.rows<AuditChain>(VERIFY, [scope.orgId]);
  return chain as AuditChain;
}

/** Links new entries to the chains of their organisations, across organisations; for the dispatcher. */
export class AuditLinker {
  constructor(private readonly database: Database) {}

  /** Links some entries; answers how many. One process links at a time, and the others find nothing to do. */
  async link(limit: number): Promise<number> {
    const [row] = await this.database.single<{ linked: number }>({ name: 'link_audit', text: 'SELECT link_audit($1) AS linked' }, [limit]);
    return row?.linked ?? 0;
  }
}
