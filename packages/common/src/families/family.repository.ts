import { type Access, roleSql, roleValues } from '../collections/access.js';
import { holdFamilyName } from '../collections/name.repository.js';
import type { Sql, Statement } from '../data/database.js';
import { CairnError } from '../errors/catalogue.js';
import { newId } from '../ids.js';
import { resolveMembers } from './family-members.js';
import type { FamilyRoute, RouteValue } from './family-route.js';
import { learnRoute } from './learn-route.js';

export interface NewFamily {
  name: string;
  /** By name, alias or id. */
  collections: readonly string[];
  route?: FamilyRoute | undefined;
}

/** A family as a caller sees it: without the members that he may not read. */
export interface FamilyView {
  id: string;
  name: string;
  members: { id: string; name: string }[];
  keys: string[] | null;
  kind: FamilyRoute['kind'] | null;
  /** Of a declared route, with the names of the members that have each; null of every other. */
  values: RouteValue[] | null;
  createdAt: Date;
  updatedAt: Date;
}

/** Who looks at families. One without members is shown to those who may change it, and nobody else. */
export interface FamilyReader {
  access: Access;
  mayWrite: boolean;
}

const MEMBERS = `family_members m JOIN collections c ON c.org_id = m.org_id AND c.id = m.collection_id AND c.deleted_at IS NULL WHERE m.org_id = f.org_id AND m.family_id = f.id`;
const IS_READABLE = `${roleSql('c', 2)} IS NOT NULL`;

const VALUES = `SELECT v.value, min(v.place) AS place, jsonb_agg(c.name ORDER BY c.name) AS names FROM family_values v
  JOIN collections c ON c.org_id = v.org_id AND c.id = v.collection_id AND c.deleted_at IS NULL AND ${IS_READABLE} WHERE v.org_id = f.org_id AND v.family_id = f.id GROUP BY v.value`;

const IS_VISIBLE = `(EXISTS (SELECT FROM ${MEMBERS} AND ${IS_READABLE}) OR ($4::boolean AND NOT EXISTS (SELECT FROM ${MEMBERS})))`;

const LIST: Statement = {
  name: 'list_families',
  text: `SELECT f.id, f.name, f.route_keys AS keys, f.route_kind AS kind, f.created_at AS "createdAt", f.updated_at AS "updatedAt",
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name) ORDER BY c.name) FROM ${MEMBERS} AND ${IS_READABLE}), '[]') AS members,
      CASE WHEN f.route_kind <> 'learnt' THEN
        coalesce((SELECT jsonb_agg(jsonb_build_object('value', one.value, 'collections', one.names) ORDER BY one.place) FROM (${VALUES}) one), '[]') END AS values
    FROM families f WHERE f.org_id = $1 AND ${IS_VISIBLE} AND ($5::text IS NULL OR f.name = $5) ORDER BY f.name`,
};

// Alone, so that what is read next is as the last one who held it has left it.
const HOLD: Statement = { name: 'hold_family', text: 'SELECT id FROM families WHERE org_id = $1 AND name = $2 FOR UPDATE' };

const INSERT: Statement = { name: 'insert_family', text: 'INSERT INTO families (org_id, id, name, route_keys, route_kind) VALUES ($1, $2, $3, $4, $5)' };

const UPDATE: Statement = {
  name: 'update_family',
  text: 'UPDATE families SET name = $3, route_keys = $4, route_kind = $5, updated_at = clock_timestamp() WHERE org_id = $1 AND id = $2',
};

const ADD_MEMBERS: Statement = {
  name: 'add_family_members',
  text: 'INSERT INTO family_members (org_id, family_id, collection_id) SELECT $1, $2, id FROM unnest($3::uuid[]) AS id',
};

const ADD_VALUES: Statement = {
  name: 'add_family_values',
  text: `INSERT INTO family_values (org_id, family_id, collection_id, place, value)
    SELECT $1, $2, collection::uuid, v.place, v.value FROM jsonb_to_recordset($3::jsonb) AS v(place integer, value jsonb, collections jsonb), jsonb_array_elements_text(v.collections) AS collection`,
};

// Those that the caller does not see are not his to take away.
const REMOVE_SEEN: Statement = {
  name: 'remove_family_members_seen',
  text: `DELETE FROM family_members f USING collections c WHERE f.org_id = $1 AND f.family_id = $4 AND c.org_id = f.org_id AND c.id = f.collection_id AND ${IS_READABLE}`,
};

/** The families that the caller sees something of. */
export function listFamilies(sql: Sql, reader: FamilyReader): Promise<FamilyView[]> {
  return sql.rows<FamilyView>(LIST, valuesOf(reader, null));
}

/** Throws the same for a family of nobody and for one of which the caller sees no member. */
export async function readFamily(sql: Sql, reader: FamilyReader, name: string): Promise<FamilyView> {
  const [family] = await sql.rows<FamilyView>(LIST, valuesOf(reader, name));
  if (!family) throw noFamily();
  return family;
}

/** Makes a family; throws where its name is taken, or one of its members is none that the caller may read. */
export async function createFamily(sql: Sql, access: Access, { name, collections, route: described }: NewFamily): Promise<FamilyView> {
  const { scope } = access;
  const id = newId();
  const { memberIds, route } = await resolveMembers(sql, access, collections, described);
  await holdFamilyName(sql, scope, name, id);
  await sql.rows(INSERT, [scope.orgId, id, name, ...routeColumns(route)]);
  await fill(sql, access, id, { memberIds, route });
  return readFamily(sql, { access, mayWrite: true }, name);
}

/** Makes the family anew under its name or another one. Members that the caller does not see stay. */
export async function replaceFamily(sql: Sql, access: Access, name: string, wanted: NewFamily): Promise<FamilyView> {
  const { scope } = access;
  const { memberIds, route } = await resolveMembers(sql, access, wanted.collections, wanted.route);
  const before = await holdFamily(sql, access, name);
  if (wanted.name !== name) await holdFamilyName(sql, scope, wanted.name, before.id);
  await sql.rows(UPDATE, [scope.orgId, before.id, wanted.name, ...routeColumns(route)]);
  await sql.rows(REMOVE_SEEN, [scope.orgId, ...roleValues(access), before.id]);
  // What was said of members that stay unseen is of the field that there was.
  if (!isSameField(before, route)) await sql.rows('DELETE FROM family_values WHERE org_id = $1 AND family_id = $2', [scope.orgId, before.id]);
  await fill(sql, access, before.id, { memberIds, route });
  return readFamily(sql, { access, mayWrite: true }, wanted.name);
}

/** Its collections stay as they are. */
export async function removeFamily(sql: Sql, access: Access, name: string): Promise<void> {
  const { id } = await holdFamily(sql, access, name);
  await sql.rows('DELETE FROM families WHERE org_id = $1 AND id = $2', [access.scope.orgId, id]);
}

async function holdFamily(sql: Sql, access: Access, name: string): Promise<FamilyView> {
  await sql.rows(HOLD, [access.scope.orgId, name]);
  return readFamily(sql, { access, mayWrite: true }, name);
}

async function fill(sql: Sql, { scope }: Access, id: string, { memberIds, route }: { memberIds: string[]; route: FamilyRoute | undefined }): Promise<void> {
  await sql.rows(ADD_MEMBERS, [scope.orgId, id, memberIds]);
  if (route === undefined) return;
  if (route.kind === 'learnt') return learnRoute(sql, scope, id, route.keys);
  await sql.rows(ADD_VALUES, [scope.orgId, id, JSON.stringify(route.values.map((one, place) => ({ ...one, place })))]);
}

const routeColumns = (route: FamilyRoute | undefined) => [route?.keys ?? null, route?.kind ?? null];

function isSameField({ keys, kind }: FamilyView, route: FamilyRoute | undefined): boolean {
  if (kind === null || kind === 'learnt' || route === undefined || route.kind === 'learnt') return false;
  return JSON.stringify(keys) === JSON.stringify(route.keys);
}

const valuesOf = ({ access, mayWrite }: FamilyReader, name: string | null) => [access.scope.orgId, ...roleValues(access), mayWrite, name];

function noFamily(): CairnError {
  return new CairnError('not_found', 'There is no family of this name. GET /api/v2/families lists those that there are for you.');
}
