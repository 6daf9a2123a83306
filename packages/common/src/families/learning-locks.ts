import type { Sql, Statement } from '../data/database.js';

/** Of whoever writes documents: held together with others who do, and not while somebody begins to learn what the collection holds. */
export const shareLearningSql = (collection: string): string => `pg_advisory_xact_lock_shared(learning_key(${collection}))`;

const SHARE: Statement = { name: 'share_learning', text: `SELECT ${shareLearningSql('$1::uuid')}` };

/** What writing documents does anyway, done before other locks are taken: who waits here must hold nothing that another writer waits for. */
export async function shareLearning(sql: Sql, collectionId: string): Promise<void> {
  await sql.rows(SHARE, [collectionId]);
}

const HOLD: Statement = {
  name: 'hold_learning',
  text: 'SELECT pg_advisory_xact_lock(learning_key(id)) FROM (SELECT id FROM unnest($1::uuid[]) AS id ORDER BY id) held',
};

/** Waits for all who write documents of these collections, and keeps others from it, until the transaction ends. */
export async function holdLearning(sql: Sql, collectionIds: readonly string[]): Promise<void> {
  await sql.rows(HOLD, [collectionIds]);
}
