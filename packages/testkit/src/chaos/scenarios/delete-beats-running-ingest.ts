import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** A text is deleted while a worker is about to make it live, and a new text is accepted for the same point: the deleted one stays dead. */
export const deleteBeatsRunningIngest: Scenario = async (stage) => {
  const client = stage.client();
  await stage.ensure('worker', { CAIRN_FAULTS: 'W7:SIGSTOP', LEASE_MS: '60000' });
  const first = await client.embed('beaten', 's', 'a text that is deleted before it lives');
  await stage.landed('worker', 'W7');
  must((await client.ok<{ deleted: number }>('DELETE', '/vectors/asset/beaten')).deleted === 1, 'G7', 'a text that was on its way could not be deleted');
  const second = await client.embed('beaten', 's', 'a text that came after the delete');
  stage.service('worker').thaw();
  const late = await stage.done(client, first);
  const live = await stage.done(client, second);
  must(late.result?.superseded === true, 'G7', 'a text that was deleted while its job ran became live');
  must(live.result?.superseded === undefined, 'G9', 'the text accepted after the delete did not become live');
};
