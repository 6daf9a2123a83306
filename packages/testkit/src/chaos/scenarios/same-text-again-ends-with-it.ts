import type { ApiClient } from '../../system/api-client.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** Text A, then B, then A again ends with A; and A once more is answered with the job that made it. */
export const sameTextAgainEndsWithIt: Scenario = async (stage) => {
  const client = stage.client();
  const [a, b] = ['a poem about the sea', 'a bill for the roof'];
  const first = await sent(stage, client, a);
  const second = await sent(stage, client, b);
  const third = await sent(stage, client, a);
  must(new Set([first, second, third]).size === 3, 'G9', 'text A after B was answered with a job that had ended long before');
  const { results } = await client.search(a);
  must((results[0]?.score ?? 0) > 0.99, 'G9', 'after the texts A, B, A a search finds B');
  must((await sent(stage, client, a)) === third, 'G2', 'a repeat of the newest text made another job');
};

async function sent(stage: Stage, client: ApiClient, text: string): Promise<string> {
  return (await stage.done(client, await client.embed('aba', 's', text))).id;
}
