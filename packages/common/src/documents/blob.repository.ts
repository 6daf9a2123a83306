import type { BlobStore } from '../blobs/blob-store.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** Content by its hash. Without bytes it lies in a file. */
export interface BlobToStore {
  hash: string;
  size: number;
  bytes?: Buffer | undefined;
}

// A row that is there is locked all the same: whoever removes what nobody needs waits for this transaction, and then sees who needs it.
const STORE: Statement = {
  name: 'store_blobs',
  text: `INSERT INTO blobs AS b (org_id, hash, size, bytes) SELECT $1, n.hash, n.size, n.bytes FROM unnest($2::text[], $3::bigint[], $4::bytea[]) AS n(hash, size, bytes)
    ORDER BY n.hash ON CONFLICT (org_id, hash) DO UPDATE SET unused_since = NULL WHERE b.unused_since IS NOT NULL`,
};

const READ: Statement = { name: 'read_blob', text: 'SELECT hash, size::float8, bytes FROM blobs WHERE org_id = $1 AND hash = $2' };

type Files = Pick<BlobStore, 'has' | 'remove'>;

/** Writes the contents of documents that come in the same transaction. Files were put before; throws when one was removed since, so that it is sent again. */
export async function storeBlobs(sql: Sql, scope: TenantScope, blobs: BlobToStore[], files: Pick<Files, 'has'>): Promise<void> {
  const once = [...new Map(blobs.map((blob) => [blob.hash, blob])).values()];
  await sql.rows(STORE, [scope.orgId, once.map(({ hash }) => hash), once.map(({ size }) => size), once.map(({ bytes }) => bytes ?? null)]);
  for (const { hash, bytes } of once)
    if (bytes === undefined && !(await files.has(scope, hash)))
      throw new CairnError('unavailable', 'A file that was sent is no longer there, because the request took too long. Send it again.');
}

export async function readBlob(sql: Sql, scope: TenantScope, hash: string): Promise<BlobToStore | undefined> {
  const [blob] = await sql.rows<{ hash: string; size: number; bytes: Buffer | null }>(READ, [scope.orgId, hash]);
  return blob && { ...blob, bytes: blob.bytes ?? undefined };
}

// Nobody has waited for it since the world began: it is removed by whoever looks next.
const ADOPT: Statement = {
  name: 'adopt_files',
  text: `INSERT INTO blobs (org_id, hash, size, unused_since) SELECT $1, f.hash, f.size, '-infinity' FROM unnest($2::text[], $3::bigint[]) AS f(hash, size)
    ORDER BY f.hash ON CONFLICT DO NOTHING RETURNING hash`,
};

/** Makes rows for files that no row names, as of contents that nobody needs; answers how many there were. */
export async function adoptFiles(sql: Sql, scope: TenantScope, files: { hash: string; size: number }[]): Promise<number> {
  return (await sql.rows(ADOPT, [scope.orgId, files.map(({ hash }) => hash), files.map(({ size }) => size)])).length;
}

const UNUSED: Statement = {
  name: 'unused_blobs',
  text: `SELECT hash FROM blobs WHERE org_id = $1 AND unused_since < clock_timestamp() - make_interval(mins => $2::int) ORDER BY hash LIMIT $3 FOR UPDATE SKIP LOCKED`,
};

const REMOVE: Statement = {
  name: 'remove_blobs',
  text: `DELETE FROM blobs b WHERE b.org_id = $1 AND b.hash = ANY ($2::text[])
    AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.org_id = b.org_id AND d.content_hash = b.hash AND d.deleted_at IS NULL) RETURNING hash, size::float8, bytes IS NULL AS "inFile"`,
};

/**
 * Removes some contents that nobody has needed for so long; answers how many there were, and the bytes of those that went. Their files go while the rows are
 * locked: who sends the same meanwhile waits, and then finds out that he has to put it again.
 */
export async function removeUnusedBlobs(
  sql: Sql,
  scope: TenantScope,
  { unusedMinutes, limit }: { unusedMinutes: number; limit: number },
  files: Pick<Files, 'remove'>,
): Promise<{ seen: number; removed: number; bytes: number }> {
  const hashes = (await sql.rows<{ hash: string }>(UNUSED, [scope.orgId, unusedMinutes, limit])).map(({ hash }) => hash);
  const gone = await sql.rows<{ hash: string; size: number; inFile: boolean }>(REMOVE, [scope.orgId, hashes]);
  for (const { hash, inFile } of gone) if (inFile) await files.remove(scope, hash);
  const kept = hashes.filter((hash) => !gone.some((blob) => blob.hash === hash));
  await sql.rows('UPDATE blobs SET unused_since = NULL WHERE org_id = $1 AND hash = ANY ($2::text[])', [scope.orgId, kept]);
  return { seen: hashes.length, removed: gone.length, bytes: gone.reduce((sum, { size }) => sum + size, 0) };
}
