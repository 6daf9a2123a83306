import type { Sql, Statement } from '../data/database.js';
import { giveUpAfter } from '../data/database.js';
import { isLockTimeout, isStatementTimeout } from '../data/pg-errors.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { holdLearning } from './learning-locks.js';

const MEMBERS: Statement = {
  name: 'members_to_learn',
  text: `SELECT m.collection_id AS id FROM family_members m JOIN collections c ON c.org_id = m.org_id AND c.id = m.collection_id AND c.deleted_at IS NULL
    WHERE m.org_id = $1 AND m.family_id = $2`,
};

// What another family has had learnt already is known.
const BEGIN: Statement = {
  name: 'begin_to_learn',
  text: `INSERT INTO learnt_fields (org_id, collection_id, keys) SELECT $1, id, $3::text[] FROM unnest($2::uuid[]) AS id
    ON CONFLICT (org_id, collection_id, keys) DO NOTHING RETURNING id`,
};

const LEARN: Statement = { name: 'learn_fields', text: 'SELECT learn_field($1, id) FROM unnest($2::uuid[]) AS id' };

const WAIT_SECONDS = 8;
const LOOK_SECONDS = 10;

/** Learns what each member of the family has under the keys, and sees to it that writers of documents add to that from this commit on. */
export async function learnRoute(sql: Sql, { orgId }: TenantScope, familyId: string, keys: readonly string[]): Promise<void> {
  const members = (await sql.rows<{ id: string }>(MEMBERS, [orgId, familyId])).map(({ id }) => id);
  await sql.rows(`SET LOCAL lock_timeout = '${WAIT_SECONDS}s'`);
  await giveUpAfter(sql, LOOK_SECONDS);
  try {
    await holdLearning(sql, members);
    const begun = await sql.rows<{ id: string }>(BEGIN, [orgId, members, keys]);
    await sql.rows(LEARN, [orgId, begun.map(({ id }) => id)]);
  } catch (error) {
    throw isLockTimeout(error) || isStatementTimeout(error) ? tookTooLong(error) : error;
  }
}

function tookTooLong(cause: unknown): CairnError {
  return new CairnError(
    'unavailable',
    'Documents of these collections are being written, or there are too many to look through at once. Try again in a moment, or say the values of the route.',
    { cause, retryAfterSeconds: 5 },
  );
}
