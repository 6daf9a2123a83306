import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

// A name and an alias are in two tables, so no index keeps both from being given at once.
const HOLD: Statement = { name: 'hold_name', text: `SELECT pg_advisory_xact_lock(hashtextextended($1::text || ':' || $2, 0))` };

// What a collection is called already it may go on being called.
const ALIAS_OF_ANOTHER: Statement = {
  name: 'alias_of_another_collection',
  text: `SELECT name FROM collection_aliases WHERE org_id = $1 AND name = $2 AND collection_id <> $3
    AND NOT EXISTS (SELECT FROM collections c WHERE c.org_id = $1 AND c.id = $3 AND c.name = $2)`,
};

const COLLECTION_OF_THIS_NAME: Statement = {
  name: 'collection_of_this_name',
  text: 'SELECT id FROM collections WHERE org_id = $1 AND name = $2 AND id <> $3 AND deleted_at IS NULL',
};

/** What a collection is, or is to be, known by. */
interface Naming {
  name: string;
  collectionId: string;
}

/** Holds the text as a name of this collection until the transaction ends; throws where it is an alias of another one. */
export async function holdName(sql: Sql, scope: TenantScope, { name, collectionId }: Naming): Promise<void> {
  await sql.rows(HOLD, [scope.orgId, name]);
  if ((await sql.rows(ALIAS_OF_ANOTHER, [scope.orgId, name, collectionId])).length > 0) throw nameTaken(name);
}

/** Holds the text as an alias of this collection until the transaction ends; answers whether another one has it for its name. */
export async function holdAliasText(sql: Sql, scope: TenantScope, { name, collectionId }: Naming): Promise<{ isName: boolean }> {
  await sql.rows(HOLD, [scope.orgId, name]);
  return { isName: (await sql.rows(COLLECTION_OF_THIS_NAME, [scope.orgId, name, collectionId])).length > 0 };
}

export function nameTaken(name: string): CairnError {
  return new CairnError('conflict', `A collection has ${JSON.stringify(name)} for its name or its alias already. Choose another name.`, {
    errors: [{ path: 'name', message: 'is taken' }],
  });
}
