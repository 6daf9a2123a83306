import { type Access, roleSql, roleValues } from '../collections/access.js';
import type { Sql, Statement } from '../data/database.js';
import type { FamilyRoute, RouteScalar } from './family-route.js';

/** All that the documents of a collection have under the field of a route, each once. */
export interface KnownRoute {
  keys: string[];
  /** Values beside those that are known, and none, may be in any member. */
  isOpen: boolean;
  /** By the id of a member, what its documents have: nothing, one value, or several. A member that is not here may hold anything. */
  values: Map<string, RouteScalar[][]>;
}

/** A family as statements are routed by it. */
export interface RoutedFamily {
  name: string;
  /** Ids of the members that the caller may read, of which there is one at least. */
  members: string[];
  route: KnownRoute | undefined;
}

interface MemberRow {
  name: string;
  keys: string[] | null;
  kind: FamilyRoute['kind'] | null;
  id: string;
  lists: RouteScalar[][] | null;
}

const LEARNT = `SELECT coalesce((SELECT jsonb_agg(DISTINCT v.what) FROM learnt_values v WHERE v.org_id = l.org_id AND v.field_id = l.id), '[]') FROM learnt_fields l
  WHERE l.org_id = f.org_id AND l.collection_id = c.id AND l.keys = f.route_keys
    AND NOT EXISTS (SELECT FROM learnt_values v WHERE v.org_id = l.org_id AND v.field_id = l.id AND md5(v.what::text) IS NULL)`;

const DECLARED = `SELECT jsonb_agg(jsonb_build_array(v.value)) FROM family_values v WHERE v.org_id = f.org_id AND v.family_id = f.id AND v.collection_id = c.id`;

const KNOWN: Statement = {
  name: 'known_families',
  text: `SELECT f.name, f.route_keys AS keys, f.route_kind AS kind, c.id, CASE f.route_kind WHEN 'learnt' THEN (${LEARNT}) ELSE (${DECLARED}) END AS lists
    FROM families f JOIN family_members m ON m.org_id = f.org_id AND m.family_id = f.id
    JOIN collections c ON c.org_id = m.org_id AND c.id = m.collection_id AND c.deleted_at IS NULL AND ${roleSql('c', 2)} IS NOT NULL
    WHERE f.org_id = $1 AND ($4::text[] IS NULL OR f.name = ANY ($4)) ORDER BY f.name, c.id`,
};

/** The families of which the caller may read a member, or those of them that are named, with what is known of where values are. One statement. */
export async function knownFamilies(sql: Sql, access: Access, names?: readonly string[]): Promise<RoutedFamily[]> {
  const rows = await sql.rows<MemberRow>(KNOWN, [access.scope.orgId, ...roleValues(access), names ?? null]);
  const families = new Map<string, RoutedFamily>();
  for (const row of rows) {
    const family = families.get(row.name) ?? { name: row.name, members: [], route: emptyRoute(row) };
    families.set(row.name, family);
    family.members.push(row.id);
    if (row.lists !== null) family.route?.values.set(row.id, row.lists);
  }
  return [...families.values()];
}

function emptyRoute({ keys, kind }: MemberRow): KnownRoute | undefined {
  return keys === null ? undefined : { keys, isOpen: kind === 'open', values: new Map() };
}
