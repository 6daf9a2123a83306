import { type Access, assertRole, type CollectionRole, roleSql, roleValues } from '../collections/access.js';
import { noCollection } from '../collections/collection.repository.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { noDocument } from './document.repository.js';

/** What Postgres still has of what was deleted. */
export interface Remains {
  deletedAt: Date;
  deletedBy: string | null;
  chunks: number;
  points: number;
  /** Texts that wait to be embedded. */
  texts: number;
  /** Whether the content is still kept, and whether another document has the same. */
  blob: 'gone' | 'shared' | 'pending';
  /** Where points of it may be in Qdrant. */
  spaces: string[];
}

type Row = Omit<Remains, 'deletedAt'> & { deletedAt: Date | null; role: CollectionRole | null };

// Who may ask is said by the collection also when that was deleted.
const BLOB = `CASE WHEN bool_or(b.kept AND NOT b.used) THEN 'pending' WHEN bool_or(b.kept) THEN 'shared' ELSE 'gone' END`;
const BLOBS = `SELECT EXISTS (SELECT 1 FROM blobs k WHERE k.org_id = d.org_id AND k.hash = d.content_hash) AS kept,
  EXISTS (SELECT 1 FROM documents o WHERE o.org_id = d.org_id AND o.content_hash = d.content_hash AND o.deleted_at IS NULL) AS used FROM documents d WHERE d.org_id = $1`;
const SPACES = `coalesce((SELECT array_agg(name ORDER BY name) FROM spaces WHERE name ~ '_documents_'), '{}') AS spaces`;

const DOCUMENT: Statement = {
  name: 'remains_of_document',
  text: `SELECT d.deleted_at AS "deletedAt", d.deleted_by AS "deletedBy", ${roleSql('c', 2)} AS role, ${SPACES},
      (SELECT count(*)::int FROM chunks k WHERE k.org_id = d.org_id AND k.document_id = d.id) AS chunks,
      (SELECT count(*)::int FROM vectors v WHERE v.org_id = d.org_id AND v.asset_id = d.id::text AND v.index_id IS NOT NULL) AS points,
      (SELECT count(*)::int FROM job_inputs i JOIN jobs j ON j.org_id = i.org_id AND j.id = i.job_id WHERE i.org_id = d.org_id AND j.document_id = d.id) AS texts,
      (SELECT ${BLOB} FROM (${BLOBS} AND d.id = $4) b) AS blob
    FROM documents d JOIN collections c ON c.org_id = d.org_id AND c.id = d.collection_id WHERE d.org_id = $1 AND d.id = $4`,
};

const COLLECTION: Statement = {
  name: 'remains_of_collection',
  text: `SELECT c.deleted_at AS "deletedAt", c.deleted_by AS "deletedBy", ${roleSql('c', 2)} AS role, ${SPACES},
      (SELECT count(*)::int FROM documents d WHERE d.org_id = c.org_id AND d.collection_id = c.id AND d.deleted_at IS NULL) AS documents,
      (SELECT count(*)::int FROM chunks k WHERE k.org_id = c.org_id AND k.index_id IN (${indexesOf('c')})) AS chunks,
      (SELECT count(*)::int FROM vectors v WHERE v.org_id = c.org_id AND v.index_id IN (${indexesOf('c')})) AS points,
      (SELECT count(*)::int FROM job_inputs i JOIN jobs j ON j.org_id = i.org_id AND j.id = i.job_id JOIN documents d ON d.org_id = j.org_id AND d.id = j.document_id
        WHERE i.org_id = c.org_id AND d.collection_id = c.id) AS texts,
      (SELECT coalesce(${BLOB}, 'gone') FROM (${BLOBS} AND d.collection_id = $4) b) AS blob,
      (SELECT coalesce(array_agg(id), '{}') FROM (${indexesOf('c')}) i) AS "indexIds"
    FROM collections c WHERE c.org_id = $1 AND c.id = $4`,
};

function indexesOf(c: string): string {
  return `SELECT i.id FROM collection_indexes i WHERE i.org_id = ${c}.org_id AND i.collection_id = ${c}.id`;
}

/** What is left of a deleted document; throws for one that is not there for the caller, or was not deleted. */
export async function remainsOfDocument(sql: Sql, access: Access, id: string): Promise<Remains> {
  const [row] = await sql.rows<Row>(DOCUMENT, [access.scope.orgId, ...roleValues(access), id]);
  return remainsOf(row, 'write', noDocument, 'document');
}

/** The same of a collection and all that was in it. Its indexes are known until nothing is left in them. */
export async function remainsOfCollection(sql: Sql, access: Access, id: string): Promise<Remains & { documents: number; indexIds: string[] }> {
  const [row] = await sql.rows<Row & { documents: number; indexIds: string[] }>(COLLECTION, [access.scope.orgId, ...roleValues(access), id]);
  return remainsOf(row, 'owner', noCollection, 'collection');
}

function remainsOf<R extends Row>(row: R | undefined, needed: CollectionRole, absent: () => CairnError, what: string): R & Remains {
  if (!row?.role) throw absent();
  assertRole(row.role, needed);
  if (row.deletedAt === null) throw new CairnError('conflict', `The ${what} was not deleted, so there is nothing to be said of that.`);
  return row as R & Remains;
}
