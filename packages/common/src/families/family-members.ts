import { type Access, roleSql, roleValues } from '../collections/access.js';
import { lookUpCollections } from '../collections/alias.repository.js';
import type { Sql, Statement } from '../data/database.js';
import type { DeclaredRoute, FamilyRoute } from './family-route.js';
import { refuse } from './read-route.js';

// Held in the order of their ids and before the name of the family is, as whoever renames a collection does: it stays while the family is written down.
const SHARE_READABLE: Statement = {
  name: 'share_readable_collections',
  text: `SELECT c.id, c.name FROM collections c WHERE c.org_id = $1 AND c.id = ANY ($4::uuid[]) AND c.deleted_at IS NULL AND ${roleSql('c', 2)} IS NOT NULL ORDER BY c.id FOR SHARE OF c`,
};

/** The members of a family that is to be, and its route with their ids. */
export interface ResolvedFamily {
  memberIds: string[];
  route: FamilyRoute | undefined;
}

/** Finds the collections that are named, and holds them to the end of the transaction. Throws which one is none that the caller may read, or no member. */
export async function resolveMembers(sql: Sql, access: Access, collections: readonly string[], route: FamilyRoute | undefined): Promise<ResolvedFamily> {
  const declared = route === undefined || route.kind === 'learnt' ? undefined : route;
  const named = [...new Set([...collections, ...(declared?.values ?? []).flatMap((one) => one.collections)])];
  const ids = await lookUpCollections(sql, access, named);
  const rows = await sql.rows<{ id: string; name: string }>(SHARE_READABLE, [access.scope.orgId, ...roleValues(access), ids.filter((id) => id)]);
  const readable = new Map(rows.map(({ id, name }) => [id, name]));
  const idOf = new Map(named.flatMap((name, place) => (readable.has(ids[place] ?? '') ? [[name, ids[place] as string] as const] : [])));
  const memberIds = new Set(
    collections.map((name, place) => idOf.get(name) ?? refuse(`collections[${place}]`, `is no collection that you may read: ${JSON.stringify(name)}`)),
  );
  if (declared === undefined) return { memberIds: [...memberIds], route };
  const resolved = withIds(declared, (name) => memberNamed(name, idOf, memberIds));
  if (resolved.kind === 'complete') assertAllListed(resolved, memberIds, readable);
  return { memberIds: [...memberIds], route: resolved };
}

function memberNamed(name: string, idOf: ReadonlyMap<string, string>, memberIds: ReadonlySet<string>): string {
  const id = idOf.get(name);
  if (id === undefined || !memberIds.has(id))
    refuse('route.values', `names ${JSON.stringify(name)}, which is no member of the family; add it to collections, or leave it out here`);
  return id;
}

function withIds(route: DeclaredRoute, idOf: (name: string) => string): DeclaredRoute {
  return { ...route, values: route.values.map(({ value, collections }) => ({ value, collections: [...new Set(collections.map(idOf))] })) };
}

/** What a complete map leaves out would never be asked. */
function assertAllListed({ values }: DeclaredRoute, memberIds: ReadonlySet<string>, names: ReadonlyMap<string, string>): void {
  const listed = new Set(values.flatMap(({ collections }) => collections));
  const missing = [...memberIds].filter((id) => !listed.has(id)).map((id) => JSON.stringify(names.get(id)));
  if (missing.length === 0) return;
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : '';
  refuse(
    'route.values',
    `lists no value of ${missing.slice(0, MOST_NAMED).join(', ')}${more}; a complete map has a value of each member. List one, or say "complete": false`,
  );
}

const MOST_NAMED = 20;
