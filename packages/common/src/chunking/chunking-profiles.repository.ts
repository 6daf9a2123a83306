import type { Sql, Statement } from '../data/database.js';
import { isUniqueViolation } from '../data/pg-errors.js';
import { CairnError } from '../errors/catalogue.js';
import { newId } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

export interface ChunkingProfileView {
  id: string;
  name: string;
  description: string;
  strategy: string;
  options: Record<string, unknown>;
  createdAt: Date;
}

const MOST_PROFILES = 100;
const COLUMNS = 'id, name, description, strategy, options, created_at AS "createdAt"';

const LIST: Statement = { name: 'list_chunking_profiles', text: `SELECT ${COLUMNS} FROM chunking_profiles WHERE org_id = $1 ORDER BY name COLLATE "C"` };
const FIND: Statement = { name: 'find_chunking_profile', text: `SELECT ${COLUMNS} FROM chunking_profiles WHERE org_id = $1 AND name = $2` };
const REMOVE: Statement = { name: 'remove_chunking_profile', text: 'DELETE FROM chunking_profiles WHERE org_id = $1 AND id = $2 RETURNING id' };
const ADD: Statement = {
  name: 'add_chunking_profile',
  text: `INSERT INTO chunking_profiles (org_id, id, name, description, strategy, options, created_by) SELECT $1, $2, $3, $4, $5, $6, $7
    WHERE (SELECT count(*) FROM chunking_profiles WHERE org_id = $1) < ${MOST_PROFILES} RETURNING ${COLUMNS}`,
};

/** The ways of chunking that the organisation keeps, by their names. */
export function listChunkingProfiles(sql: Sql, scope: TenantScope): Promise<ChunkingProfileView[]> {
  return sql.rows<ChunkingProfileView>(LIST, [scope.orgId]);
}

export async function findChunkingProfile(sql: Sql, scope: TenantScope, name: string): Promise<ChunkingProfileView> {
  const [profile] = await sql.rows<ChunkingProfileView>(FIND, [scope.orgId, name]);
  if (!profile) throw new CairnError('not_found', 'There is no chunking profile with this name. GET /api/v2/chunking/profiles lists those that there are.');
  return profile;
}

/** Keeps a way of chunking, whose options were checked. A name is taken once. */
export async function addChunkingProfile(
  sql: Sql,
  scope: TenantScope,
  { name, description, strategy, options }: Pick<ChunkingProfileView, 'name' | 'description' | 'strategy' | 'options'>,
): Promise<ChunkingProfileView> {
  const values = [scope.orgId, newId(), name, description, strategy, options, scope.actor];
  const [profile] = await sql.rows<ChunkingProfileView>(ADD, values).catch((error: unknown) => {
    throw isUniqueViolation(error, 'chunking_profiles_name_key') ? nameTaken() : error;
  });
  if (!profile) throw new CairnError('conflict', `An organisation keeps at most ${MOST_PROFILES} chunking profiles. Delete one that is not used any more.`);
  return profile;
}

/** Collections that were made with it keep their settings. */
export async function removeChunkingProfile(sql: Sql, scope: TenantScope, id: string): Promise<void> {
  if ((await sql.rows(REMOVE, [scope.orgId, id])).length === 0) throw new CairnError('not_found', 'There is no chunking profile with this id.');
}

function nameTaken(): CairnError {
  return new CairnError('conflict', 'There is a chunking profile with this name already. Delete it first, or choose another name.');
}
