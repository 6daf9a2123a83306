import { Subjects } from '@cairn/common';
import { BUILT_IN_MODEL, comparesAs, spaceOf } from '@cairn/models';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type ApiClient, devToken, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';

jest.setTimeout(90_000);

let system: TestSystem;
let client: ApiClient;
let nats: NatsConnection;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  const { url, user, password } = system.stack.nats;
  nats = await connect({ servers: [new URL(url).host], user, pass: password });
}, 90_000);
afterAll(async () => {
  await nats?.close();
  await system?.stop();
});

const WORDS = 'the ferry leaves the harbour at noon and comes back before the evening when the wind is fair '.repeat(8);
const texts = (count: number) => Array.from({ length: count }, (_, at) => `${at} ${WORDS}`);
const subjects = () => new Subjects(system.namespace);

it.each([
  ['/v1/rerank', { query: 'when does the boat go?', documents: texts(200) }, () => subjects().compareTexts(comparesAs(BUILT_IN_MODEL)), 13],
  ['/v1/embeddings', { input: texts(2_000), model: 'default' }, () => subjects().embedTexts(spaceOf(BUILT_IN_MODEL)), 32],
])('%s stops when its caller has gone, also what a worker has in hand', async (path, body, subject, parts) => {
  const [asked, answered, abandoned] = [new Set<string>(), [] as object[], [] as string[]];
  const requests = nats.subscribe(subject(), {
    callback: (_, message) => {
      asked.add(message.json<{ id: string }>().id);
      nats.subscribe(message.reply as string, { max: 1, callback: (_, answer) => void answered.push(answer.json<object>()) });
    },
  });
  const told = nats.subscribe(subjects().abandoned, { callback: (_, message) => void abandoned.push(message.string()) });
  await nats.flush();
  const caller = new AbortController();
  const call = fetch(`${system.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${devToken(newPerson())}` },
    body: JSON.stringify(body),
    signal: caller.signal,
  });
  call.catch(() => undefined);
  await until('the first part to be with a worker', async () => asked.size > 0);
  caller.abort();
  await expect(call).rejects.toThrow('abort');
  await until('the worker to be told', async () => abandoned.length > 0);
  await until('the worker to have answered that part', async () => answered.length === asked.size);
  expect(asked).toContain(abandoned[0]);
  expect(answered.at(-1)).toMatchObject({ error: 'unavailable', detail: 'Nobody waits for the answer.' });
  // A search that comes afterwards is answered, and no part came after the first ones.
  await client.search('anything');
  expect(asked.size).toBeLessThan(parts / 2);
  requests.unsubscribe();
  told.unsubscribe();
});
