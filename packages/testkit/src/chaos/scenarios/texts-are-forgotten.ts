import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const SECRET = 'xylophone-of-the-archduke';
const TABLES = ['jobs', 'job_inputs', 'job_events', 'job_attempts', 'outbox', 'idempotency_keys', 'vectors', 'garbage_points'];

/** Once a text is embedded, no table holds it. */
export const textsAreForgotten: Scenario = async (stage) => {
  const client = stage.client();
  await stage.done(client, await client.embed('secret', 's', `the ${SECRET}`, { 'Idempotency-Key': 'a-secret' }));
  const batch = { asset_id: 'secrets', segments: [{ segment_id: 's', text: `the ${SECRET}` }] };
  await stage.done(client, (await client.ok<{ job_id: string }>('POST', '/vectors/embed/batch', batch)).job_id);
  for (const table of TABLES) {
    const rows = await stage.sql(`SELECT 1 FROM ${table} AS t WHERE org_id = $1 AND t::text LIKE $2`, [client.person.org, `%${SECRET}%`]);
    must(rows.length === 0, 'T13', `the text of a completed job is still in the table ${table}`);
  }
};
