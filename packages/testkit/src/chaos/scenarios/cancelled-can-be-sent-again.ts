import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** A cancelled text sent again is a new job that runs; a second cancel of the old one is refused and changes nothing. */
export const cancelledCanBeSentAgain: Scenario = async (stage) => {
  const client = stage.client();
  const send = () => client.embed('again', 's', 'cancelled once and sent again');
  const [first, second] = await stage.withoutDispatcher(async () => {
    const id = await send();
    await client.ok('DELETE', `/jobs/${id}`);
    const again = await client.call('DELETE', `/jobs/${id}`);
    must(again.status === 409, 'G3', `the second cancel of a job was answered ${again.status}`);
    return [id, await send()];
  });
  must(first !== second, 'G1', 'a text that was sent again after its cancel was answered with the cancelled job');
  await stage.done(client, second);
  const { events, raw_status } = await client.job(first);
  must(raw_status === 'cancelled', 'G3', `a cancelled job went on to ${raw_status}`);
  must(events.filter((event) => event.status === 'canceled').length === 1, 'G10', 'a job was cancelled more than once');
};
