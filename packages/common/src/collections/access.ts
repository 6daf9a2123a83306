import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** Who asks for collections. Inside of an organisation they belong to users, and are shared by them. */
export interface Access {
  scope: TenantScope;
  /** Null for a key that belongs to nobody in particular: it reaches all collections of the organisation. */
  userId: string | null;
  /** The only collections that a key reaches; undefined means all that its user does. */
  collections?: readonly string[] | undefined;
}

/** What a caller may do with a collection, each including what is before it. */
const ROLES = ['read', 'write', 'admin', 'owner'] as const;
export type CollectionRole = (typeof ROLES)[number];

/** The caller's role in the collection `c`, null for none. `$first` is the user, `$first + 1` the only collections. */
export function roleSql(c: string, first: number): string {
  const [user, only] = [`$${first}::bigint`, `$${first + 1}::uuid[]`];
  return `CASE WHEN NOT coalesce(${c}.id = ANY (${only}), true) THEN NULL WHEN ${user} IS NULL OR ${c}.owner_id = ${user} THEN 'owner'
    ELSE coalesce((SELECT s.role FROM collection_shares s WHERE s.org_id = ${c}.org_id AND s.collection_id = ${c}.id AND s.user_id = ${user}),
      CASE WHEN ${c}.is_public THEN 'read' END) END`;
}

/** Whether nothing of the organisation is kept from the caller. */
export function seesAll({ userId, collections }: Access): boolean {
  return userId === null && collections === undefined;
}

/** Whether the caller may read of the job `j`: it is about no collection, or about one that he reads. Parameters as of `roleSql`. */
export function isJobReadableSql(j: string, first: number): string {
  const seesAll = `($${first}::bigint IS NULL AND $${first + 1}::uuid[] IS NULL)`;
  // With EXISTS Postgres may look up each collection, or all that the caller reads once, as it finds cheaper.
  const reads = `EXISTS (SELECT FROM collections c WHERE c.org_id = ${j}.org_id AND c.id = ${j}.collection_id AND ${roleSql('c', first)} IS NOT NULL)`;
  return `(${j}.collection_id IS NULL OR ${seesAll} OR ${reads})`;
}

/** The caller's role in the collection of the job `j`, null for none. */
export function roleOfJobSql(j: string, first: number): string {
  return `(SELECT ${roleSql('c', first)} FROM collections c WHERE c.org_id = ${j}.org_id AND c.id = ${j}.collection_id)`;
}

/** The values of `roleSql`. */
export function roleValues({ userId, collections }: Access): unknown[] {
  return [userId, collections ?? null];
}

/** Throws what a caller is told who may see the collection, and not do this. */
export function assertRole(role: CollectionRole, needed: CollectionRole): void {
  if (ROLES.indexOf(role) >= ROLES.indexOf(needed)) return;
  throw new CairnError('forbidden', `This needs the role "${needed}" in the collection, and yours is "${role}". Ask its owner to share it with you for that.`);
}
