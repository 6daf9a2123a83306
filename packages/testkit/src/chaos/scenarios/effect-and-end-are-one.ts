import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** A worker is held between making its vector live and ending its job: until both are done, nobody sees either. */
export const effectAndEndAreOne: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('worker', { CAIRN_FAULTS: 'W7:SIGSTOP', LEASE_MS: '60000' });
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/vectors/mock', { asset_id: 'one', segment_id: 's' });
  await stage.landed('worker', 'W7');
  const lock = await stage.lock('job_events', 'SHARE');
  stage.service('worker').thaw();
  await stage.waitsForLock('worker');
  const live = await stage.sql('SELECT 1 FROM vectors WHERE org_id = $1 AND live_token IS NOT NULL', [client.person.org]);
  await lock.release();
  must(live.length === 0, 'G3', 'a vector was visible before its job had ended: a crash in between would leave a job that has its effect and fails');
  await stage.done(client, job_id);
};
