import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Subjects } from '@cairn/common';
import { BUILT_IN_MODEL, ModelStore, type OnnxModel, spaceOf } from '@cairn/models';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient } from './collection-client.js';
import { StoredPoints } from './stored-points.js';

jest.setTimeout(120_000);

const BUILT_IN_FOLDER = fileURLToPath(new URL('../../../models/builtin/all-MiniLM-L6-v2/', import.meta.url));
const SECOND: OnnxModel = { ...BUILT_IN_MODEL, id: 'second-model', aliases: [], documentPrefix: 'passage: ', folder: '' };

interface Hit {
  score: number;
  external_id: string;
  collection_id: string;
  collection_name: string;
  embedding_model: string;
}

interface Answer {
  results: Hit[];
  total_results: number;
  next_cursor: string | null;
  warnings: string[];
  collections_searched: { id: string }[];
  partial_failure: boolean;
  failed_collections: { collection_id: string; collection_name: string; error: string; error_message: string; code: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'cairn-many-'));

let system: TestSystem;
let client: ApiClient;
/** Three spaces: the built-in model in two precisions, and another model. */
let plain: CollectionClient;
let small: CollectionClient;
let second: CollectionClient;
beforeAll(async () => {
  const fill = async (place: string) => {
    cpSync(BUILT_IN_FOLDER, place, { recursive: true });
    return SECOND;
  };
  await new ModelStore(folder).install(SECOND.id, fill, async () => undefined);
  system = await TestSystem.start({ env: { MODELS_DIR: folder } });
  client = system.client();
  await until('the second model to be ready', async () => (await modelStatus()) === 'ready');
  plain = await filled('plain', {});
  small = await filled('small', { quantization: 'int8' });
  second = await filled('second', { embedding_model: SECOND.id });
}, 180_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const modelStatus = () =>
  client.ok<{ status: string }>('GET', `/v1/models/${SECOND.id}`).then(
    ({ status }) => status,
    () => undefined,
  );

async function filled(name: string, settings: object): Promise<CollectionClient> {
  const collection = await CollectionClient.make(client, settings);
  await collection.add([1, 2, 3].map((at) => ({ external_id: `${name} ${at}`, text: `The ferry of the ${name} harbour leaves at ${at} in the afternoon.` })));
  return collection;
}

const search = (collections: CollectionClient[], query: string, more: object = {}) =>
  client.call<Answer & { code: string; detail: string }>('POST', '/api/v2/search', {
    query,
    collection_uuids: collections.map(({ id }) => id),
    k: 20,
    ...more,
  });

async function find(collections: CollectionClient[], query: string, more: object = {}): Promise<Answer> {
  const { status, body } = await search(collections, query, more);
  expect([status, body.detail]).toEqual([200, undefined]);
  return body;
}

const names = ({ results }: Answer) => results.map(({ external_id }) => external_id).sort();
const allOf = (...collections: string[]) => collections.flatMap((name) => [1, 2, 3].map((at) => `${name} ${at}`)).sort();
/** Words that no search asked for before: what models said of others is remembered. */
let asked = 0;
const newQuery = () => `when does the ferry go, question ${++asked}`;

it('Q4: every hit says which collection it is of, and which model found it', async () => {
  const { results, partial_failure, failed_collections, collections_searched } = await find([plain, small, second], newQuery());
  expect([partial_failure, failed_collections]).toEqual([false, []]);
  const nameOf = new Map(await Promise.all([plain, small, second].map(async (one) => [one.id, (await one.detail()).name] as const)));
  for (const hit of results) {
    const [kind] = hit.external_id.split(' ');
    const { id } = { plain, small, second }[kind as 'plain' | 'small' | 'second'];
    const model = kind === 'second' ? SECOND.id : BUILT_IN_MODEL.id;
    expect(hit).toMatchObject({ collection_id: id, collection_name: nameOf.get(id), embedding_model: model });
  }
  expect(names({ results } as Answer)).toEqual(allOf('plain', 'small', 'second'));
  expect(collections_searched.map(({ id }) => id).sort()).toEqual([plain.id, small.id, second.id].sort());
});

it('Q2: words of collections in several spaces are found as if they were in one', async () => {
  const other = system.client();
  const texts = Array.from({ length: 12 }, (_, at) => ({
    external_id: `${at}`,
    text: `The ${at < 5 ? 'okapi' : 'lantern'} of the harbour, ${'seen '.repeat(at)}`,
  }));
  const parts = { plain: await CollectionClient.make(other), small: await CollectionClient.make(other, { quantization: 'int8' }) };
  await parts.plain.add(texts.slice(0, 4));
  await parts.small.add(texts.slice(4));
  const alone = system.client();
  const whole = await CollectionClient.make(alone);
  await whole.add(texts);
  const byWords = async (client: ApiClient, collections: CollectionClient[]) => {
    const query = { query: 'okapi lantern', search_mode: 'sparse', k: 12, collection_uuids: collections.map(({ id }) => id) };
    const { results } = await client.ok<Answer>('POST', '/api/v2/search', query);
    return results.map(({ external_id, score }) => [external_id, score.toFixed(5)]);
  };
  expect(await byWords(other, [parts.plain, parts.small])).toEqual(await byWords(alone, [whole]));
});

describe('a model that no worker serves', () => {
  beforeAll(() => system.restart('worker', { MODELS_DIR: '' }));

  it('Q2: costs the collections that were made with it, and the answer says which and why', async () => {
    const answer = await find([plain, second, small], newQuery(), { k: 2 });
    const { name } = await second.detail();
    expect(answer.results).toHaveLength(2);
    expect(answer).toMatchObject({ partial_failure: true, next_cursor: null, warnings: [expect.stringContaining('no next page')] });
    expect(answer.failed_collections).toEqual([
      {
        collection_id: second.id,
        collection_name: name,
        error: expect.stringContaining(SECOND.id),
        error_message: expect.any(String),
        code: 'unavailable',
      },
    ]);
    expect(names(await find([plain, second, small], newQuery()))).toEqual(allOf('plain', 'small'));
    expect(answer.collections_searched.map(({ id }) => id).sort()).toEqual([plain.id, small.id].sort());
  });

  it('Q2: is an outage where there is nothing else to search', async () => {
    const { status, headers, body } = await search([second], newQuery());
    expect([status, body.code, headers.get('content-type')]).toEqual([503, 'unavailable', expect.stringContaining('application/problem+json')]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('Q2: leaves mistakes of the caller what they are', async () => {
    expect((await search([plain, second], newQuery(), { filters: { $bad: 1 } })).status).toBe(400);
    const theirs = await CollectionClient.make(system.client());
    expect((await search([plain, second, theirs], newQuery())).status).toBe(404);
  });

  it('Q2: is not guessed about: why a document is not found is told when all can be searched', async () => {
    const body = { query: newQuery(), collection_uuids: [plain.id, second.id], external_id: 'plain 1' };
    expect((await client.call('POST', '/api/v2/searches/why', body)).status).toBe(503);
  });

  it('Q2: does not hold up the others when it never answers', async () => {
    const { url, user, password } = system.stack.nats;
    const nats = await connect({ servers: [new URL(url).host], user, pass: password });
    const heard = nats.subscribe(new Subjects(system.namespace).embedTexts(spaceOf(SECOND)));
    await nats.flush();
    const startedAt = Date.now();
    const answer = await find([plain, second], newQuery()).finally(() => nats.close());
    expect(heard.getReceived()).toBeGreaterThan(0);
    expect(Date.now() - startedAt).toBeLessThan(9_000);
    expect([names(answer), answer.failed_collections.map((one) => one.collection_id)]).toEqual([allOf('plain'), [second.id]]);
  });
});

describe('a space that Qdrant has lost', () => {
  const stored = () => new StoredPoints(system);
  const drop = async (ending: string) => {
    const lost = (await stored().collections()).filter((one) => one.endsWith(ending));
    expect(lost).not.toEqual([]);
    for (const name of lost) await stored().delete(name);
  };
  let cursor: string | null;
  const page = (more: object = {}) => search([plain, small], 'the ferry of the harbour', { k: 4, ...more });
  let first: Answer;
  beforeAll(async () => {
    first = (await page()).body;
    cursor = first.next_cursor;
    await system.service('dispatcher').kill(); // it would write the space back
    await drop('_documents_i8');
  });

  it('Q2: costs its collections, and tells nothing of what is inside', async () => {
    const answer = await find([plain, small], newQuery());
    expect([names(answer), answer.partial_failure]).toEqual([allOf('plain'), true]);
    expect(answer.failed_collections).toMatchObject([{ collection_id: small.id, code: 'unavailable', error: expect.stringMatching(/Search again/) }]);
    expect(JSON.stringify(answer.failed_collections)).not.toMatch(/Qdrant|_i8|documents_/);
  });

  it('Q2: alone it is an outage, which names the collection and nothing of what is inside', async () => {
    const { status, body } = await search([small], newQuery(), { k: 4, search_mode: 'dense' });
    expect([status, body.detail]).toEqual([503, expect.stringMatching(/^The collection .+ cannot be searched\. .*Search again/)]);
    expect(body.detail).not.toMatch(/Qdrant|_i8/);
  });

  it('Q8: Q2: a further page waits for the whole, so that no hit is left out or comes twice', async () => {
    expect(cursor).not.toBeNull();
    const { status, headers } = await page({ cursor });
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true]);
  });

  it('Q2: where all are lost, the search is an outage, and afterwards all is found again, page by page', async () => {
    await drop('_documents_f16');
    const { status, headers, body } = await search([plain, small], newQuery());
    expect([status, body.code, Number(headers.get('retry-after')) > 0]).toEqual([503, 'unavailable', true]);
    await system.restart('dispatcher');
    const next = await until('the spaces to be whole', async () => {
      const reply = await page({ cursor });
      return reply.status === 200 ? reply.body : undefined;
    });
    expect(names({ results: [...first.results, ...next.results] } as Answer)).toEqual(allOf('plain', 'small'));
    expect(next.partial_failure).toBe(false);
  });
});
