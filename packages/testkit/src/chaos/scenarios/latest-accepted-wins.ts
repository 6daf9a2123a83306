import { must } from '../violation.js';
import { holdBell, ringNow } from './hold-bell.js';
import type { Scenario } from './scenario.js';

/** Two texts for one point, and the bell of the older one comes last: the newer one stays. */
export const latestAcceptedWins: Scenario = async (stage) => {
  const client = stage.client();
  const [older, newer] = await stage.withoutDispatcher(async () => {
    const first = await client.embed('order', 's', 'the first text about apples');
    await holdBell(stage, first);
    return [first, await client.embed('order', 's', 'the second text about trains')] as const;
  });
  const winner = await stage.done(client, newer);
  await ringNow(stage, older);
  const late = await stage.done(client, older);
  must(winner.result?.superseded === undefined, 'G9', 'the text accepted last was treated as superseded');
  must(late.result?.superseded === true, 'G9', 'an older text that was delivered last became live');
  const { results } = await client.search('the second text about trains');
  must(results.length === 1 && (results[0]?.score ?? 0) > 0.99, 'G9', 'the text accepted last is not the one that is found');
};
