import { randomUUID } from 'node:crypto';
import { filterSql, parseFilter, type Sql } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(60_000);

const INDEX = 'documents_metadata_of_this_test';
const DOCUMENTS = 3_000;

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(async () => {
  await bench?.database.sql(`DROP INDEX IF EXISTS ${INDEX}`);
  await bench?.close();
});

describe('an index of the metadata', () => {
  it('Q7: would answer an equality for who sees all rows, and is of no use to roles with row-level security, so there is none', async () => {
    const [scope, collection] = [newScope(), randomUUID()];
    await bench.database.sql(
      `INSERT INTO documents (org_id, id, collection_id, external_id, file_name, size_bytes, content_hash, metadata)
        SELECT $1, gen_random_uuid(), $2, n::text, 'x', 1, 'x', jsonb_build_object('number', n) FROM generate_series(1, $3::int) n`,
      [scope.orgId, collection, DOCUMENTS],
    );
    await bench.database.sql(`CREATE INDEX ${INDEX} ON documents USING gin (metadata jsonb_path_ops)`);
    await bench.database.sql('ANALYZE documents');
    const condition = filterSql(parseFilter({ number: 17 }), { alias: 'd', firstParameter: 3 });
    const text = `EXPLAIN SELECT d.id FROM documents d WHERE d.org_id = $1 AND d.collection_id = $2 AND d.deleted_at IS NULL AND ${condition.sql}`;
    const values = [scope.orgId, collection, ...condition.values];
    const ours = await bench.app.tenant(scope, async (sql: Sql) => {
      await sql.rows('SET LOCAL enable_seqscan = off');
      return sql.rows(text, values);
    });
    expect(JSON.stringify(await bench.database.sql(text, values))).toContain(INDEX);
    expect(JSON.stringify(ours)).not.toContain(INDEX);
  });
});
