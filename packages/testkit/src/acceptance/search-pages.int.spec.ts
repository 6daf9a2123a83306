import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient, type SearchReply } from './collection-client.js';

jest.setTimeout(180_000);

interface Hit {
  chunk_id: string;
  external_id: string;
  score: number;
  original_score: number;
  reranked_score: number | null;
  explain?: { lanes: Record<string, { rank: number; weight: number; share: number }> };
}

type Answer = SearchReply<Hit>;

const QUESTION = 'what does the keeper write about the harbour at night';
const WORDS = ['harbour', 'glacier', 'violin', 'night', 'lantern'];
/** Two or three chunks each, of which several of one document are often good. */
const logs = Array.from({ length: 30 }, (_, at) => ({
  external_id: `log${at}`,
  text: [0, 1, 2]
    .map((day) => `On day ${at + day} the keeper writes about the ${WORDS[(at * 2 + day) % 5]} and counts ${at} boats before the ${WORDS[at % 5]}.`)
    .join(' '),
}));

let system: TestSystem;
let client: ApiClient;
let collection: CollectionClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  collection = await CollectionClient.make(client, { chunk_size: 24, chunk_overlap: 0 });
  await collection.add(logs);
}, 180_000);
afterAll(() => system?.stop());

const bodyOf = (more: object) => ({ collection_uuids: [collection.id], query: QUESTION, ...more });
const find = (more: object) => collection.search<Hit>({ query: QUESTION, ...more });
const send = (more: object) => client.call<Answer>('POST', '/api/v2/search', bodyOf(more));
const why = (more: object) => client.ok<{ stage: string; reason: string; rank?: number }>('POST', '/api/v2/searches/why', bodyOf(more));

const byCursor = (search: object) => collection.allHits<Hit>({ query: QUESTION, ...search });

const WAYS = [
  {},
  { search_mode: 'sparse' },
  { group_by: 'document' },
  { use_reranker: true },
  { diversity: 0.6 },
  { use_reranker: true, diversity: 0.4, group_by: 'document' },
];

describe('pages', () => {
  it.each(WAYS)('Q8: by offset are those that cursors lead to: %j', async (way) => {
    const search = { ...way, k: 14 };
    const all = await byCursor(search);
    expect(new Set(all.map(({ chunk_id }) => chunk_id)).size).toBe(all.length);
    const byOffset: Hit[] = [];
    while (byOffset.length < all.length) byOffset.push(...(await find({ ...search, offset: byOffset.length })).results);
    const said = (hits: Hit[]) => hits.map(({ chunk_id, score }) => [chunk_id, score]);
    expect(said(byOffset)).toEqual(said(all));
    const first = await find({ ...search, offset: 14 });
    const next = (await find({ ...search, cursor: first.next_cursor })).results;
    expect(said(next)).toEqual(said(all.slice(28, 42)));
  });

  it.each([{ search_mode: 'sparse' }, { search_mode: 'dense' }])(
    'Q8: have what is equally good in the order of its ids, on whatever page it comes: %j',
    async (way) => {
      const hits = await byCursor({ ...way, k: 14 });
      const placed = [...hits].sort((a, b) => b.score - a.score || (a.chunk_id < b.chunk_id ? -1 : 1));
      expect(hits.map(({ chunk_id }) => chunk_id)).toEqual(placed.map(({ chunk_id }) => chunk_id));
      if (way.search_mode === 'sparse') expect(new Set(hits.map(({ score }) => score)).size).toBeLessThan(hits.length / 2);
    },
  );

  it('T11: an offset leads to 10,000 hits, and not where a cursor leads', async () => {
    const { next_cursor: cursor } = await find({ k: 5 });
    for (const bad of [
      { offset: 9_995, k: 10 },
      { offset: 10_000 },
      { offset: 10_001 },
      { offset: -1 },
      { offset: 1.5 },
      { offset: '5' },
      { offset: 5, k: 5, cursor },
    ])
      expect([bad, (await send(bad)).status]).toEqual([bad, 422]);
    expect((await find({ offset: 9_990, k: 10 })).results).toEqual([]);
  });

  it('X2: of hits that are to differ have each the score that it has by itself', async () => {
    const plain = new Map((await byCursor({ k: 80 })).map(({ chunk_id, score }) => [chunk_id, score]));
    const diverse = await byCursor({ k: 20, diversity: 0.6 }); // looks at the 80 best
    expect(diverse).toHaveLength(plain.size);
    for (const { chunk_id, score, original_score } of diverse) expect([score, original_score]).toEqual([plain.get(chunk_id), score]);
  });
});

describe('why a document is where it is', () => {
  it.each(WAYS)('Q10: is said of the very search that was made: %j', async (way) => {
    for (const search of [
      { ...way, k: 5 },
      { ...way, k: 4, offset: 6 },
    ]) {
      const { results } = await find(search);
      const names = results.map(({ external_id }) => external_id);
      const others = logs.map(({ external_id }) => external_id).filter((name) => !names.includes(name));
      for (const external_id of [names[0], names.at(-1), others[0], others.at(-1)] as string[]) {
        const { stage, rank = 0 } = await why({ ...search, external_id });
        const [at] = (await find({ ...way, k: search.k, offset: rank - 1 })).results;
        expect([external_id, at?.external_id]).toEqual([external_id, external_id]);
        expect([search, external_id, stage]).toEqual([search, external_id, names.includes(external_id) ? 'found' : 'rank']);
      }
    }
  });

  it('Q10: names what ordered the hits anew, and what several chunks of others take', async () => {
    const reasons: string[] = [];
    for (const { external_id } of logs.slice(0, 12)) reasons.push((await why({ k: 1, use_reranker: true, external_id })).reason);
    expect(reasons.some((reason) => /would be hit \d+ without use_reranker\./.test(reason))).toBe(true);
    expect(reasons.some((reason) => reason.includes('further chunks'))).toBe(true);
    expect(reasons.some((reason) => reason.includes('next_cursor'))).toBe(true);
  });
});

it('Q2: texts have the same scores in one collection and in three, whatever they are called', async () => {
  const notes = Array.from({ length: 120 }, (_, at) => ({
    external_id: `n${at}`,
    text: `Note ${at} of the keeper: the ${WORDS[at % 5]}, then the ${WORDS[at % 3]}.`,
  }));
  const shelved = async (shelves: number) => {
    const as = system.client();
    const collections = await Promise.all(Array.from({ length: shelves }, () => CollectionClient.make(as)));
    for (const [at, shelf] of collections.entries()) await shelf.add(notes.filter((_, note) => note % shelves === at));
    return async (query: string) => {
      const { results } = await as.ok<Answer>('POST', '/api/v2/search', { query, k: 20, collection_uuids: collections.map(({ id }) => id) });
      return results.map(({ score }) => score.toFixed(5));
    };
  };
  const [one, three] = [await shelved(1), await shelved(3)];
  for (const query of ['keeper', 'the keeper and the harbour', 'violin', 'a glacier by night', 'note 7'])
    expect([query, await three(query)]).toEqual([query, await one(query)]);
});

describe('weights', () => {
  it('Q6: say what meaning and words count, by ranks and by scores', async () => {
    const { results } = await find({ k: 90, weights: { dense: 0.6, sparse: 0.2 }, explain: true });
    for (const { explain, score } of results) {
      const { dense, sparse } = explain?.lanes ?? {};
      expect([dense?.weight ?? 0.75, sparse?.weight ?? 0.25].map((weight) => weight.toFixed(9))).toEqual(['0.750000000', '0.250000000']);
      const worth = (rank = Number.POSITIVE_INFINITY) => 61 / (60 + rank);
      expect(0.75 * worth(dense?.rank) + 0.25 * worth(sparse?.rank)).toBeCloseTo(score, 9);
    }
    for (const [fusion, lane, other] of [
      ['rrf', 'dense', 'sparse'],
      ['dbsf', 'sparse', 'dense'],
    ] as const) {
      const alone = await find({ k: 5, search_mode: lane });
      const weighed = await find({ k: 5, fusion, weights: { [lane]: 1, [other]: 0 } });
      expect(weighed.results[0]?.chunk_id).toBe(alone.results[0]?.chunk_id);
    }
  });

  it('T11: are two numbers from 0 to 1 for a search that joins two rankings', async () => {
    const good = { dense: 0.5, sparse: 0.5 };
    for (const bad of [
      { weights: { dense: 0, sparse: 0 } },
      { weights: { dense: 1.1, sparse: 0 } },
      { weights: { dense: -0.1, sparse: 1 } },
      { weights: { dense: 1 } },
      { weights: [1, 0] },
      { weights: good, fusion: 'auto' },
      { weights: good, search_mode: 'dense' },
    ])
      expect([bad, (await send(bad)).status]).toEqual([bad, 422]);
  });
});

describe('when nobody can rerank any more', () => {
  const search = { search_mode: 'sparse', use_reranker: true, k: 10 };
  let reranked: Answer;
  let plain: Answer;
  beforeAll(async () => {
    reranked = await find(search);
    await system.service('worker').kill();
    plain = await find(search);
  });

  it('X1: a page after reranked ones is not given in another order, and nothing is said of places', async () => {
    expect([reranked.reranking_used, plain.reranking_used, plain.warnings.length]).toEqual([true, false, 1]);
    const { status, headers } = await send({ ...search, cursor: reranked.next_cursor });
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([503, true]);
    expect((await client.call('POST', '/api/v2/searches/why', bodyOf({ ...search, external_id: 'log1' }))).status).toBe(503);
  });

  it('X1: later, its cursor is good again, and what began without reranking goes on without', async () => {
    system.service('worker').start();
    await system.service('worker').ready();
    const second = await until('the cursor to be good again', async () => {
      const { status, body } = await send({ ...search, cursor: reranked.next_cursor });
      return status === 200 ? body : undefined;
    });
    const third = await find({ ...search, cursor: second.next_cursor });
    const chunks = [reranked, second, third].flatMap(({ results }) => results.map(({ chunk_id }) => chunk_id));
    expect([new Set(chunks).size, third.reranking_used]).toEqual([30, true]);
    const after = await find({ ...search, cursor: plain.next_cursor });
    expect([after.reranking_used, after.results.every(({ reranked_score }) => reranked_score === null)]).toEqual([false, true]);
    expect(after.warnings).toEqual([expect.stringContaining('not reranked')]);
    expect(new Set([plain, after].flatMap(({ results }) => results.map(({ chunk_id }) => chunk_id))).size).toBe(20);
  });
});
