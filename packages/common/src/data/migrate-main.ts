import 'reflect-metadata';
import { createDataSource } from './data-source.js';
import { migrate } from './migrate.js';

async function main(): Promise<void> {
  const url = process.env.DATABASE_OWNER_URL;
  if (!url) throw new Error('DATABASE_OWNER_URL is not set: give the address of the database with the role that owns the tables');
  const source = await createDataSource({ url, applicationName: 'cairn-migrate', poolSize: 2, queryTimeoutMs: 600_000 }).initialize();
  try {
    const names = await migrate(source);
    console.log(names.length === 0 ? 'the schema is up to date' : `migrated: ${names.join(', ')}`);
  } finally {
    await source.destroy();
  }
}

main().catch((error: Error) => {
  console.error(`migration failed: ${error.message}`);
  process.exitCode = 1;
});
