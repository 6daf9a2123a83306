import type { DataSource } from 'typeorm';

// Any constant will do, as long as every service uses the same.
const MIGRATION_LOCK = 7_221_001;

/** Brings the schema up to date. Several services may call it at once: one works, the others wait for it. */
export async function migrate(owner: DataSource): Promise<string[]> {
  const runner = owner.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const done = await owner.runMigrations({ transaction: 'each' });
    return done.map((migration) => migration.name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

// Check constraints stand in the migrations only; the comparison knows them by name and not by content, so it would just ask to drop them.
const CHECK_CONSTRAINT = /DROP CONSTRAINT "\w+_check"$/;

/** The statements that would make the schema what the entities say; empty when they agree. */
export async function schemaDrift(owner: DataSource): Promise<string[]> {
  const plan = await owner.driver.createSchemaBuilder().log();
  return plan.upQueries.map((query) => query.query).filter((query) => !CHECK_CONSTRAINT.test(query));
}
