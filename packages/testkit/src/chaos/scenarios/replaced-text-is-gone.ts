import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const SAME = 0.99;

/** After a text was replaced, a search for the old one finds the point by its new text only. */
export const replacedTextIsGone: Scenario = async (stage) => {
  const client = stage.client();
  const first = await stage.done(client, await client.embed('stone', 's', 'granite mountains in the snow'));
  await stage.done(client, await client.embed('stone', 's', 'invoice for printer paper'));
  const { results } = await client.search('granite mountains in the snow');
  must(results.length === 1, 'G6', `one replaced segment was found ${results.length} times`);
  must((results[0]?.score ?? 0) < SAME, 'G6', 'a search still found the replaced text');
  const now = await client.search('invoice for printer paper');
  must((now.results[0]?.score ?? 0) > SAME, 'G9', 'the text accepted last is not the one that is found');
  const read = await client.call('GET', `/vectors/${first.result?.point_id}`);
  must(read.status === 200, 'G6', `reading a replaced vector was answered ${read.status}`);
};
