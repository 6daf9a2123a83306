import 'reflect-metadata';
import { createDataSource, Database, type OrgId, scopeOfOperator } from '@cairn/common';

/** Uses the one connection of a pool for an organisation and then for nobody; prints how many jobs each of the two saw. */
async function main(): Promise<void> {
  const [url, orgId] = process.argv.slice(2) as [string, string];
  const source = await createDataSource({ url, applicationName: 'pooled-tenant', poolSize: 1 }).initialize();
  const database = new Database(source);
  const scope = scopeOfOperator({ orgId: orgId as OrgId });
  const [own] = await database.tenant(scope, (sql) => sql.rows<{ count: number }>('SELECT count(*)::int AS count FROM jobs'));
  const [left] = await database.single<{ count: number }>('SELECT count(*)::int AS count FROM jobs');
  await source.destroy();
  console.log(JSON.stringify({ own: own?.count, left: left?.count }));
}

await main();
