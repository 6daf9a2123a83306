import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

// Names, aliases and names of families are in three tables, so no index keeps one text from being given twice at once.
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

const FAMILY_OF_THIS_NAME: Statement = {
  name: 'family_of_this_name',
  text: 'SELECT id FROM families WHERE org_id = $1 AND name = $2 AND id IS DISTINCT FROM $3::uuid',
};

const COLLECTION_OR_ALIAS: Statement = {
  name: 'collection_or_alias_of_this_name',
  text: `SELECT 1 FROM collections WHERE org_id = $1 AND name = $2 AND deleted_at IS NULL UNION ALL SELECT 1 FROM collection_aliases WHERE org_id = $1 AND name = $2`,
};

/** What a collection is, or is to be, known by. */
interface Naming {
  name: string;
  collectionId: string;
}

/** Holds the text as a name of this collection until the transaction ends; throws where it is an alias of another one, or of a family. */
export async function holdName(sql: Sql, scope: TenantScope, { name, collectionId }: Naming): Promise<void> {
  await sql.rows(HOLD, [scope.orgId, name]);
  if ((await sql.rows(ALIAS_OF_ANOTHER, [scope.orgId, name, collectionId])).length > 0) throw nameTaken(name);
  if (await isFamily(sql, scope, name)) throw nameTaken(name);
}

/** Holds the text as an alias of this collection until the transaction ends; answers whether another one, or a family, has it for its name. */
export async function holdAliasText(sql: Sql, scope: TenantScope, { name, collectionId }: Naming): Promise<{ isName: boolean }> {
  await sql.rows(HOLD, [scope.orgId, name]);
  const isName = (await sql.rows(COLLECTION_OF_THIS_NAME, [scope.orgId, name, collectionId])).length > 0;
  return { isName: isName || (await isFamily(sql, scope, name)) };
}

/** Holds the text as a name of this family until the transaction ends; throws where anything else has it. */
export async function holdFamilyName(sql: Sql, scope: TenantScope, name: string, familyId: string): Promise<void> {
  await sql.rows(HOLD, [scope.orgId, name]);
  const isTaken = (await sql.rows(COLLECTION_OR_ALIAS, [scope.orgId, name])).length > 0;
  if (isTaken || (await isFamily(sql, scope, name, familyId))) throw nameTaken(name);
}

/** Whether a family has this name, other than the one that is given. */
async function isFamily(sql: Sql, scope: TenantScope, name: string, except: string | null = null): Promise<boolean> {
  return (await sql.rows(FAMILY_OF_THIS_NAME, [scope.orgId, name, except])).length > 0;
}

export function nameTaken(name: string): CairnError {
  return new CairnError('conflict', `A collection or family has ${JSON.stringify(name)} for its name or its alias already. Choose another name.`, {
    errors: [{ path: 'name', message: 'is taken' }],
  });
}
