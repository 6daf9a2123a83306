import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { isLooseUuid } from '../ids.js';
import { type Access, assertRole, type CollectionRole, roleSql, roleValues } from './access.js';
import { lockCollection, noCollection } from './collection.repository.js';
import { holdAliasText } from './name.repository.js';

/** Another name of a collection. */
export interface AliasView {
  alias: string;
  collectionId: string;
  collectionName: string;
  createdAt: Date;
  /** When it was last given to another collection; when it was made, if never. */
  movedAt: Date;
}

const ALIASES = 'FROM collection_aliases a JOIN collections c ON c.org_id = a.org_id AND c.id = a.collection_id AND c.deleted_at IS NULL WHERE a.org_id = $1';

const LIST: Statement = {
  name: 'list_aliases',
  text: `SELECT a.name AS alias, c.id AS "collectionId", c.name AS "collectionName", a.created_at AS "createdAt", a.moved_at AS "movedAt"
    ${ALIASES} AND ${roleSql('c', 2)} IS NOT NULL AND ($4::text IS NULL OR a.name = $4) ORDER BY a.name`,
};

// Alone, so that the next statement sees where the one who held it before has moved it.
const HOLD: Statement = { name: 'hold_alias', text: 'SELECT name FROM collection_aliases WHERE org_id = $1 AND name = $2 FOR UPDATE' };

const HOLDER: Statement = { name: 'holder_of_alias', text: `SELECT ${roleSql('c', 3)} AS role ${ALIASES} AND a.name = $2` };

const ADD: Statement = {
  name: 'add_alias',
  text: 'INSERT INTO collection_aliases (org_id, name, collection_id) VALUES ($1, $2, $3) ON CONFLICT (org_id, name) DO NOTHING RETURNING name',
};

const MOVE: Statement = {
  name: 'move_alias',
  text: 'UPDATE collection_aliases SET collection_id = $3, moved_at = clock_timestamp() WHERE org_id = $1 AND name = $2 AND collection_id <> $3',
};

// An alias of what the caller may not read is not there for him: it hides no collection that has the text for its name.
const RESOLVE: Statement = {
  name: 'resolve_collections',
  text: `SELECT wanted.name, coalesce((SELECT c.id ${ALIASES} AND a.name = wanted.name AND ${roleSql('c', 3)} IS NOT NULL), named.id) AS id FROM unnest($2::text[]) AS wanted(name)
    LEFT JOIN collections named ON named.org_id = $1 AND named.name = wanted.name AND named.deleted_at IS NULL`,
};

/**
 * The ids of collections that are named by id, by an alias that the caller may see, or by their name; an alias comes before a name. Throws when one is of nobody.
 * Whether the caller may see the collections is for whoever uses the ids.
 */
export async function collectionIdsOf(sql: Sql, access: Access, collections: readonly string[]): Promise<string[]> {
  return (await lookUpCollections(sql, access, collections)).map((id) => {
    if (!id) throw noCollection();
    return id;
  });
}

/** The id of one collection, as `collectionIdsOf`. */
export async function collectionIdOf(sql: Sql, access: Access, collection: string): Promise<string> {
  const [id] = await collectionIdsOf(sql, access, [collection]);
  return id as string;
}

const READABLE: Statement = {
  name: 'readable_collections',
  text: `SELECT c.id FROM collections c WHERE c.org_id = $1 AND c.id = ANY ($4::uuid[]) AND c.deleted_at IS NULL AND ${roleSql('c', 2)} IS NOT NULL`,
};

/** The ids of collections that the caller may read, as `collectionIdsOf`, each once. Throws which of the field's items is none. */
export async function readableCollectionIds(sql: Sql, access: Access, collections: readonly string[], field: string): Promise<string[]> {
  const ids = await lookUpCollections(sql, access, collections);
  const rows = await sql.rows<{ id: string }>(READABLE, [access.scope.orgId, ...roleValues(access), ids.filter((id) => id)]);
  const readable = new Set(rows.map(({ id }) => id));
  const missing = ids.findIndex((id) => !id || !readable.has(id));
  if (missing >= 0) throw noSuchItem(`${field}[${missing}]`, collections[missing] as string);
  return [...readable];
}

function noSuchItem(path: string, collection: string): CairnError {
  const message = 'is no collection that you may read';
  return new CairnError('invalid_input', `${path} ${message}: ${JSON.stringify(collection)}. GET /api/v2/collections lists those that you may.`, {
    errors: [{ path, message: `${path} ${message}` }],
  });
}

/** The ids of collections as `collectionIdsOf`; null or undefined where one is of nobody. */
export async function lookUpCollections(sql: Sql, access: Access, collections: readonly string[]): Promise<(string | null | undefined)[]> {
  const names = collections.filter((collection) => !isLooseUuid(collection));
  const rows = names.length === 0 ? [] : await sql.rows<{ name: string; id: string | null }>(RESOLVE, [access.scope.orgId, names, ...roleValues(access)]);
  const found = new Map(rows.map(({ name, id }) => [name, id]));
  return collections.map((collection) => (isLooseUuid(collection) ? collection.toLowerCase() : found.get(collection)));
}

/** The aliases of collections that the caller may read. */
export function listAliases(sql: Sql, access: Access): Promise<AliasView[]> {
  return sql.rows<AliasView>(LIST, [access.scope.orgId, ...roleValues(access), null]);
}

/** Throws the same for an alias of nobody and for one of a collection that the caller may not read. */
export async function readAlias(sql: Sql, access: Access, alias: string): Promise<AliasView> {
  const [view] = await sql.rows<AliasView>(LIST, [access.scope.orgId, ...roleValues(access), alias]);
  if (!view) throw noAlias();
  return view;
}

/** Gives the alias to a collection, away from the one that had it. Both must be his who asks, to administer. */
export async function putAlias(sql: Sql, access: Access, alias: string, collectionId: string): Promise<AliasView> {
  await lockCollection(sql, access, collectionId, 'admin');
  const { orgId } = access.scope;
  const { isName } = await holdAliasText(sql, access.scope, { name: alias, collectionId });
  if (isName) throw taken('the name of another collection, or of a family');
  if ((await sql.rows(ADD, [orgId, alias, collectionId])).length === 0) {
    const role = await holdAlias(sql, access, alias);
    if (!role) throw taken('an alias already, of a collection that you may not change');
    assertRole(role, 'admin');
    await sql.rows(MOVE, [orgId, alias, collectionId]);
  }
  return readAlias(sql, access, alias);
}

export async function removeAlias(sql: Sql, access: Access, alias: string): Promise<void> {
  const role = await holdAlias(sql, access, alias);
  if (!role) throw noAlias();
  assertRole(role, 'admin');
  await sql.rows('DELETE FROM collection_aliases WHERE org_id = $1 AND name = $2', [access.scope.orgId, alias]);
}

/** Holds the alias against others who would move it; answers the caller's role in its collection. */
async function holdAlias(sql: Sql, access: Access, alias: string): Promise<CollectionRole | null | undefined> {
  await sql.rows(HOLD, [access.scope.orgId, alias]);
  const [holder] = await sql.rows<{ role: CollectionRole | null }>(HOLDER, [access.scope.orgId, alias, ...roleValues(access)]);
  return holder?.role;
}

export function noAlias(): CairnError {
  return new CairnError('not_found', 'There is no alias of this name.');
}

function taken(as: string): CairnError {
  return new CairnError('conflict', `This text is ${as}. Choose another alias.`, { errors: [{ path: 'alias', message: 'is taken' }] });
}
