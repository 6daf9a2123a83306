import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { configuredQuotas, QUOTA_KINDS, type QuotaCounts, type QuotaLimits, WHOLE_ORGANISATION } from './quota-words.js';

/** What the organisation or one of its collections holds, and what it may; a limit of null is none of its own. */
export interface QuotaView {
  /** Null for the organisation as a whole. */
  collectionId: string | null;
  used: QuotaCounts;
  limits: QuotaLimits;
}

const READ: Statement = {
  name: 'read_quotas',
  text: `SELECT coalesce(u.collection_id, q.collection_id) AS "collectionId",
      jsonb_build_object('documents', coalesce(u.documents, 0), 'bytes', coalesce(u.bytes, 0), 'sources', coalesce(u.sources, 0),
        'operations_per_hour', CASE WHEN u.hour = date_trunc('hour', statement_timestamp()) THEN u.operations ELSE 0 END) AS used,
      jsonb_build_object('documents', q.documents, 'bytes', q.bytes, 'sources', q.sources, 'operations_per_hour', q.operations_per_hour) AS limits
    FROM (SELECT * FROM quota_usage WHERE org_id = $1 AND collection_id = $2) u FULL JOIN (SELECT * FROM quotas WHERE org_id = $1 AND collection_id = $2) q ON true`,
};

const PUT: Statement = {
  name: 'put_quotas',
  text: `INSERT INTO quotas (org_id, collection_id, documents, bytes, sources, operations_per_hour, set_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (org_id, collection_id) DO UPDATE SET documents = excluded.documents, bytes = excluded.bytes, sources = excluded.sources,
      operations_per_hour = excluded.operations_per_hour, set_by = excluded.set_by, set_at = clock_timestamp()`,
};

const NOTHING: QuotaCounts = { documents: 0, bytes: 0, sources: 0, operations_per_hour: 0 };

/** The quotas of the organisation, or of a collection of it. */
export async function readQuotas(sql: Sql, scope: TenantScope, collectionId: string | null): Promise<QuotaView> {
  const own = await ownQuotas(sql, scope, collectionId);
  return collectionId === null ? { ...own, limits: withDefaults(own.limits) } : own;
}

/** Sets the limits; one that is left out is the default again. The operator's are the highest there can be. */
export async function putQuotas(sql: Sql, scope: TenantScope, collectionId: string | null, wanted: Partial<QuotaCounts>): Promise<QuotaView> {
  assertAllowed(wanted);
  const limits = QUOTA_KINDS.map((kind) => wanted[kind] ?? null);
  await sql.rows(PUT, [scope.orgId, collectionId ?? WHOLE_ORGANISATION, ...limits, scope.actor]);
  return readQuotas(sql, scope, collectionId);
}

async function ownQuotas(sql: Sql, scope: TenantScope, collectionId: string | null): Promise<QuotaView> {
  const [row] = await sql.rows<QuotaView>(READ, [scope.orgId, collectionId ?? WHOLE_ORGANISATION]);
  const none = { documents: null, bytes: null, sources: null, operations_per_hour: null };
  return { used: row?.used ?? NOTHING, limits: row?.limits ?? none, collectionId };
}

function withDefaults(limits: QuotaLimits): QuotaLimits {
  const configured = configuredQuotas();
  return Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, limits[kind] ?? configured[kind]])) as QuotaLimits;
}

// An admin of an organisation would else give himself what the operator has not.
function assertAllowed(wanted: Partial<QuotaCounts>): void {
  const configured = configuredQuotas();
  const tooHigh = QUOTA_KINDS.filter((kind) => (wanted[kind] ?? 0) > configured[kind]);
  if (tooHigh.length === 0) return;
  const errors = tooHigh.map((path) => ({ path, message: `may be at most ${configured[path]}, which is what the operator allows` }));
  throw new CairnError('invalid_input', errors.map(({ path, message }) => `${path} ${message}`).join('; '), { errors });
}
