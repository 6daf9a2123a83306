import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { configuredQuotas, QUOTA_KINDS, type QuotaCounts, type QuotaKind, type QuotaLimits, WHOLE_ORGANISATION } from './quota-words.js';

/** By how much a transaction changes what a collection holds; less is negative. */
export type UsageChange = Partial<Record<'documents' | 'bytes' | 'sources' | 'operations', number>>;

type Change = Required<UsageChange>;

// The rows stay locked until the commit, so each writer sees what all before it have used: no two take the last place. The organisation's row comes
// first, always, and keeps the others in order. An hour never goes back, whoever looked at the clock when.
const CHARGE: Statement = {
  name: 'charge_usage',
  text: `WITH used AS (INSERT INTO quota_usage AS u (org_id, collection_id, documents, bytes, sources, operations, hour)
      SELECT $1::uuid, n.*, date_trunc('hour', clock_timestamp()) FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS n ORDER BY 2
    ON CONFLICT (org_id, collection_id) DO UPDATE SET documents = u.documents + excluded.documents, bytes = u.bytes + excluded.bytes, sources = u.sources + excluded.sources,
      operations = CASE WHEN u.hour < excluded.hour THEN excluded.operations ELSE u.operations + excluded.operations END, hour = greatest(u.hour, excluded.hour)
    RETURNING collection_id, documents, bytes, sources, operations, hour)
  SELECT used.collection_id AS "collectionId", used.documents::float8, used.bytes::float8, used.sources::float8, used.operations::float8 AS operations_per_hour,
      ceil(extract(epoch FROM used.hour + interval '1 hour' - clock_timestamp()))::int AS "hourEndsInSeconds",
      jsonb_build_object('documents', q.documents, 'bytes', q.bytes, 'sources', q.sources, 'operations_per_hour', q.operations_per_hour) AS limits
    FROM used LEFT JOIN quotas q ON q.org_id = $1::uuid AND q.collection_id = used.collection_id ORDER BY used.collection_id`,
};

type Used = QuotaCounts & { collectionId: string; hourEndsInSeconds: number; limits: QuotaLimits };

const pending = new WeakMap<Sql, Map<string, Change>>();

/**
 * Counts what the transaction adds to a collection or frees, and refuses its commit where a quota would be passed. It is done as the last thing
 * before the commit: writers of one organisation wait for each other only there.
 */
export function chargeUsage(sql: Sql, scope: TenantScope, collectionId: string, change: UsageChange): void {
  let changes = pending.get(sql);
  if (!changes) {
    changes = new Map();
    pending.set(sql, changes);
    const all = changes;
    sql.beforeCommit(() => settle(sql, scope, all));
  }
  for (const id of [WHOLE_ORGANISATION, collectionId]) changes.set(id, sum(changes.get(id), change));
}

function sum(before: Change | undefined, change: UsageChange): Change {
  const { documents = 0, bytes = 0, sources = 0, operations = 0 } = before ?? {};
  return {
    documents: documents + (change.documents ?? 0),
    bytes: bytes + (change.bytes ?? 0),
    sources: sources + (change.sources ?? 0),
    operations: operations + (change.operations ?? 0),
  };
}

async function settle(sql: Sql, scope: TenantScope, changes: Map<string, Change>): Promise<void> {
  pending.delete(sql);
  const moved = [...changes].filter(([, change]) => Object.values(change).some((by) => by !== 0));
  if (moved.length === 0) return;
  const column = (of: (change: Change) => number): number[] => moved.map(([, change]) => of(change));
  const counts = [column((by) => by.documents), column((by) => by.bytes), column((by) => by.sources), column((by) => by.operations)];
  const used = await sql.rows<Used>(CHARGE, [scope.orgId, moved.map(([id]) => id), ...counts]);
  for (const row of used) assertWithin(row, changes.get(row.collectionId) as Change);
}

// What only shrinks is always let through, also by who is over a quota that was lowered.
function assertWithin(used: Used, change: Change): void {
  const grows: Record<QuotaKind, number> = {
    documents: change.documents,
    bytes: change.bytes,
    sources: change.sources,
    operations_per_hour: change.operations,
  };
  const isWhole = used.collectionId === WHOLE_ORGANISATION;
  for (const kind of QUOTA_KINDS) {
    const limit = used.limits[kind] ?? (isWhole ? configuredQuotas()[kind] : null);
    if (limit !== null && grows[kind] > 0 && used[kind] > limit)
      throw quotaPassed(kind, isWhole ? 'organisation' : 'collection', { limit, used, by: grows[kind] });
  }
}

function quotaPassed(kind: QuotaKind, of: 'organisation' | 'collection', { limit, used, by }: { limit: number; used: Used; by: number }): CairnError {
  const current = { quota: kind, of, limit, used: used[kind] - by };
  if (kind === 'operations_per_hour') {
    const detail = `The quota operations_per_hour of the ${of} is used up: ${limit} operations may begin in an hour. Try again when the next hour begins.`;
    return new CairnError('rate_limited', detail, { current, retryAfterSeconds: Math.max(1, used.hourEndsInSeconds) });
  }
  const detail = `The quota ${kind} of the ${of} would be passed: it is ${limit}, ${current.used} are used, and this needs ${by} more. Delete something, or ask for a higher quota.`;
  return new CairnError('quota_exceeded', detail, { current });
}
