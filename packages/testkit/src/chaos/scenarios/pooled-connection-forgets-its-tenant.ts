import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = `${ROOT}dist/chaos/probes/pooled-tenant.main.js`;

/** A connection that served an organisation goes back to the pool; its next user sees nothing of that organisation. */
export const pooledConnectionForgetsItsTenant: Scenario = async (stage) => {
  const client = stage.client();
  await stage.done(client, (await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' })).job_id);
  const { own, left } = await probe(stage, client.person.org);
  must(own === 1, 'G11', `an organisation with one job sees ${own}`);
  must(left === 0, 'G11', `the next user of a pooled connection sees ${left} jobs of the organisation before`);
};

// A process of its own, because the service under test has no route that forgets to name its organisation.
async function probe(stage: Stage, orgId: string): Promise<{ own: number; left: number }> {
  const planted = stage.service('api').options.env.CAIRN_PLANT;
  const imports = planted === undefined ? [] : ['--import', `${ROOT}plant.mjs`];
  const env = { PATH: process.env.PATH, ...(planted === undefined ? {} : { CAIRN_PLANT: planted }) };
  const { stdout } = await promisify(execFile)(process.execPath, [...imports, PROGRAM, stage.system.database.urls.appUrl, orgId], { env });
  return JSON.parse(stdout) as { own: number; left: number };
}
