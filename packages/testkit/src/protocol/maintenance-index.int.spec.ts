import { randomUUID } from 'node:crypto';
import { type Database, MaintenanceRepository, type Statement } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(60_000);

const DOCUMENTS = 3_000;

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

/** How Postgres would go about looking for what to try again. */
async function planOfMaintenance(): Promise<string> {
  const asked: [text: string, values: unknown[]][] = [];
  const single = async ({ text }: Statement, values: unknown[]) => {
    asked.push([text, values]);
    return [];
  };
  await new MaintenanceRepository({ single } as unknown as Database).begin({ everyMinutes: 60, maxAttempts: 1 });
  const plans = await Promise.all(asked.map(([text, values]) => bench.database.sql(`EXPLAIN ${text}`, values)));
  return JSON.stringify(plans);
}

describe('an index of the documents that failed', () => {
  it('K14: leads whoever tries them again past the many that did not fail', async () => {
    await bench.database.sql(
      `INSERT INTO documents (org_id, id, collection_id, external_id, file_name, size_bytes, content_hash, status)
        SELECT $1, gen_random_uuid(), $2, n::text, 'x', 1, 'x', CASE WHEN n = 1 THEN 'failed' ELSE 'completed' END FROM generate_series(1, $3::int) n`,
      [newScope().orgId, randomUUID(), DOCUMENTS],
    );
    await bench.database.sql('ANALYZE documents');
    const plan = await planOfMaintenance();
    expect(plan).toContain('documents_failed_idx');
    expect(plan).not.toContain('Seq Scan on documents');
  });
});
