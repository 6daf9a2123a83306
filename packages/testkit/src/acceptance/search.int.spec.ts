import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ApiClient, Reply } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type SearchReply } from './collection-client.js';

jest.setTimeout(90_000);

interface Hit {
  chunk_id: string;
  document_id: string;
  external_id: string;
  collection_id: string;
  score: number;
  original_score: number;
  reranked_score: number | null;
  text: string;
  highlights?: { start: number; end: number; text: string }[];
  start: number;
  end: number;
  parent?: { kind: string; text: string; start: number; end: number; truncated: boolean } | null;
  explain?: { lanes: Record<string, { rank: number; score: number; weight: number; share: number }>; rank: number; fused_rank: number };
}

type Answer = SearchReply<Hit>;

const COUNT = 150;
const THINGS = ['harbour', 'glacier', 'violin', 'cactus', 'turbine'];
const notes = Array.from({ length: COUNT }, (_, at) => ({
  external_id: `n${at}`,
  text: `Note ${at}: the keeper wrote about the ${THINGS[at % THINGS.length]} on day ${at}. Reference ERR-${7000 + at}.`,
  metadata: { n: at, thing: THINGS[at % THINGS.length] },
}));

let system: TestSystem;
let client: ApiClient;
let collection: CollectionClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  collection = await CollectionClient.make(client);
  await collection.add(notes);
}, 180_000);
afterAll(() => system?.stop());

const call = (body: object, path = '/search', as = client): Promise<Reply<Answer>> => as.call<Answer>('POST', `/api/v2${path}`, body);
const find = (body: object) => collection.search<Hit>(body);
const ids = ({ results }: Answer) => results.map(({ external_id }) => external_id);

describe('pages', () => {
  for (const search_mode of ['dense', 'hybrid'])
    it(`Q8: of a ${search_mode} search give every document once, and scores that never rise`, async () => {
      const hits = await collection.allHits<Hit>({ query: 'keeper harbour', k: 17, search_mode });
      expect(hits.map(({ external_id }) => external_id).sort()).toEqual(notes.map(({ external_id }) => external_id).sort());
      expect(hits.every(({ score }, at) => at === 0 || score <= (hits[at - 1] as Hit).score)).toBe(true);
      expect(hits.slice(0, 17).map(({ chunk_id }) => chunk_id)).toEqual(
        (await find({ query: 'keeper harbour', k: 17, search_mode })).results.map((hit) => hit.chunk_id),
      );
    });

  it('Q8: end where a search by words finds no more, and where a filter takes no more', async () => {
    const found = await collection.allHits<Hit>({ query: 'glacier', search_mode: 'sparse', k: 7 });
    expect(found.map(({ external_id }) => external_id).sort()).toEqual(
      notes
        .filter(({ metadata }) => metadata.thing === 'glacier')
        .map((note) => note.external_id)
        .sort(),
    );
    expect(await collection.allHits<Hit>({ query: 'keeper', k: 5, filters: { n: { $lt: 12 } } })).toHaveLength(12);
  });

  it('Q8: weigh the words of a search alike, whatever is written and counted in between', async () => {
    const as = system.client(); // whose words nobody counted before
    const shelf = await CollectionClient.make(as);
    const of = (word: string, count: number) =>
      Array.from({ length: count }, (_, at) => ({ external_id: `${word}${at}`, text: `About the ${word} number ${at}` }));
    await shelf.add([...of('okapi', 10), ...of('lantern', 20)]);
    const search = { collection_uuids: [shelf.id], query: 'okapi lantern', search_mode: 'sparse', k: 10 };
    const page = (cursor?: string | null) => as.ok<Answer>('POST', '/api/v2/search', cursor ? { ...search, cursor } : search);
    const first = await page();
    expect(ids(first).every((id) => id.startsWith('okapi'))).toBe(true);
    await (await CollectionClient.make(as)).add(of('okapi', 60));
    await system.restart('search');
    const second = await page(first.next_cursor);
    const third = await page(second.next_cursor);
    expect(new Set([first, second, third].flatMap(ids)).size).toBe(30);
    expect(ids(await page()).every((id) => id.startsWith('lantern'))).toBe(true);
  });

  it('Q8: a cursor is good for its search and its caller only', async () => {
    const { next_cursor: cursor } = await find({ query: 'keeper', k: 5 });
    const broken = `${cursor?.slice(0, 5)}${cursor?.[5] === 'A' ? 'B' : 'A'}${cursor?.slice(6)}`;
    const other = system.client();
    const theirs = await CollectionClient.make(other);
    for (const [body, as] of [
      [{ query: 'keeper', k: 5, cursor: broken }, client],
      [{ query: 'keeper', k: 6, cursor }, client],
      [{ query: 'another', k: 5, cursor }, client],
      [{ query: 'keeper', k: 5, cursor, collection_uuids: [theirs.id] }, other],
    ] as const) {
      const { status, body: problem } = await call({ collection_uuids: [collection.id], ...body }, '/search', as);
      expect([status, problem]).toEqual([400, expect.objectContaining({ code: 'invalid_cursor' })]);
    }
    expect((await find({ query: 'keeper', k: 5, cursor, explain: true })).results).toHaveLength(5);
  });
});

describe('what is looked for', () => {
  it('Q9: may be several things: each is found', async () => {
    const { results } = await find({ queries: ['glacier', 'violin'], k: 30 });
    for (const thing of ['glacier', 'violin']) expect(results.filter(({ text }) => text.includes(thing)).length).toBeGreaterThanOrEqual(5);
  });

  it('Q9: may be like a hit, which is not found itself', async () => {
    const [example] = (await find({ query: 'ERR-7012', k: 1 })).results as [Hit];
    const like = await find({ example_ids: [example.chunk_id], k: 5 });
    expect(like.results).toHaveLength(5);
    expect(ids(like)).not.toContain(example.external_id);
    expect(like.results[0]?.text).toContain(THINGS[12 % THINGS.length]);
  });

  it('Q9: an example of somebody else is none', async () => {
    const [example] = (await find({ query: 'ERR-7012', k: 1 })).results as [Hit];
    const [theirs, private_] = [await CollectionClient.make(system.client()), client.as({ ...client.person, sub: 'a colleague' })];
    for (const [as, id] of [
      [theirs.client, theirs.id],
      [private_, (await CollectionClient.make(private_)).id],
    ] as const) {
      expect((await call({ example_ids: [example.chunk_id], collection_uuids: [id] }, '/search', as)).status).toBe(404);
    }
  });

  it('T11: has to be something', async () => {
    for (const body of [
      {},
      { queries: [] },
      { example_ids: [] },
      { query: '' },
      { query: ' \n' },
      { queries: ['x', ' '] },
      { diversity: 2, query: 'x' },
      { group_by: 'day', query: 'x' },
    ])
      expect([400, 422]).toContain((await call({ collection_uuids: [collection.id], ...body })).status);
    for (const path of ['/search', '/search/single', '/searches/why'])
      expect((await call({ query: '   ', collection_id: collection.id, external_id: 'n1' }, path)).status).toBe(422);
    for (const field of ['query', 'query_text']) expect((await client.call('POST', '/vectors/search', { [field]: '   ' })).status).toBe(422);
    for (const field of ['collection_uuids', 'collection_ids']) expect((await call({ query: 'x', [field]: [] })).status).toBe(422);
  });

  it('Q8: goes on with its cursor however it is written', async () => {
    const { next_cursor: cursor } = await find({ query: 'keeper' });
    const otherwise = { query: 'keeper', collection_ids: [collection.id], search_mode: 'hybrid', k: 10, filters: {}, cursor };
    expect((await call(otherwise)).status).toBe(200);
    expect((await call({ ...otherwise, query: 'keepers' })).status).toBe(400);
  });

  it('Q11: in a batch is answered as alone', async () => {
    const searches = ['ERR-7011', 'cactus'].map((query) => ({ collection_uuids: [collection.id], query, k: 4 }));
    const { results } = await client.ok<{ results: Answer[] }>('POST', '/api/v2/search/batch', { searches });
    for (const [at, search] of searches.entries()) expect(ids(results[at] as Answer)).toEqual(ids(await find(search)));
    expect([400, 422]).toContain((await call({ searches: [searches[0], { query: '' }] }, '/search/batch')).status);
    const mistakes = { filters: { $bad: 1 }, cursor: 'none', rerank_model: 'none' };
    for (const [field, value] of Object.entries(mistakes)) {
      const { status, body } = await call({ searches: [searches[0], { ...searches[1], use_reranker: true, [field]: value }] }, '/search/batch');
      expect([field, status, body]).toMatchObject([field, 400, { errors: [{ path: expect.stringMatching(/^searches\[1\]/) }] }]);
    }
  });

  it('Q11: remembers what questions mean, and counts how often it did', async () => {
    const counted = async (result: string) =>
      Number(
        new RegExp(`^cairn_search_query_cache_total\\{[^}]*result="${result}"[^}]*\\} (\\d+)`, 'm').exec(
          await (await fetch(`${system.service('search').url}/metrics`)).text(),
        )?.[1] ?? 0,
      );
    const search = { query: `a question ${Math.random()}`, search_mode: 'dense' };
    const [hits, misses] = [await counted('hit'), await counted('miss')];
    await find(search);
    expect([await counted('hit'), await counted('miss')]).toEqual([hits, misses + 1]);
    await find(search);
    expect([await counted('hit'), await counted('miss')]).toEqual([hits + 1, misses + 1]);
  });
});

describe('how hits came to their places', () => {
  const sumOf = ({ explain }: Hit) => Object.values(explain?.lanes ?? {}).reduce((sum, { share }) => sum + share, 0);

  it('Q10: is explained by shares that add up to the score, however deep one looked', async () => {
    for (const search_mode of ['dense', 'sparse', 'hybrid'])
      for (const hit of await collection.allHits<Hit>({ query: 'the keeper wrote', k: 60, search_mode, explain: true }))
        expect(sumOf(hit)).toBeCloseTo(hit.score, 9);
  });

  it('Q10: is the rank of every hit by its words, where all documents are asked for', async () => {
    const { results } = await find({ query: 'keeper', k: COUNT, explain: true });
    expect(results).toHaveLength(COUNT);
    expect(results.every(({ explain }) => explain?.lanes.sparse?.rank === 1)).toBe(true);
  });

  it('Q10: is explained by ranks and shares that add up to the score', async () => {
    const { results } = await find({ query: 'violin ERR-7017', k: 20, explain: true });
    expect(results[0]?.external_id).toBe('n17');
    for (const { explain, score } of results) {
      const lanes = Object.values(explain?.lanes ?? {});
      expect(lanes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(score, 9);
    }
    expect(results.map(({ explain }) => explain?.rank)).toEqual(results.map((_, at) => at + 1));
    expect(results[0]?.explain?.lanes).toMatchObject({ dense: { rank: expect.any(Number) }, sparse: { rank: 1 } });
  });

  it('Q10: words of the question are marked where they stand', async () => {
    const { results } = await find({ query: 'violins', k: 3, search_mode: 'sparse', highlight: true });
    for (const { text, highlights } of results) {
      expect(highlights?.map((mark) => mark.text)).toEqual(['violin']);
      for (const { start, end, text: word } of highlights ?? []) expect(text.slice(start, end)).toBe(word);
    }
  });

  it('Q10: why a document is not among them is told by the step that left it out', async () => {
    const why = (more: object) =>
      client.ok<{ stage: string; reason: string; rank?: number }>('POST', '/api/v2/searches/why', {
        collection_uuids: [collection.id],
        query: 'glacier',
        k: 3,
        ...more,
      });
    expect((await why({ external_id: 'n1', filters: { thing: 'violin' } })).stage).toBe('filter');
    expect((await why({ external_id: 'nowhere' })).stage).toBe('absent');
    expect((await why({ external_id: 'n0', search_mode: 'sparse' })).stage).toBe('not_ranked');
    expect((await why({ external_id: 'n1', search_mode: 'dense', score_threshold: 0.999 })).stage).toBe('threshold');
    const last = ids(await find({ query: 'glacier', k: COUNT })).at(-1);
    expect(await why({ external_id: last })).toMatchObject({ stage: 'rank', rank: expect.any(Number) });
    const first = ids(await find({ query: 'glacier', k: 1 }))[0];
    expect(await why({ external_id: first })).toMatchObject({ stage: 'found', rank: 1 });
  });
});

describe('the order of the best', () => {
  it('X2: near duplicates make room for what differs', async () => {
    const bread = await CollectionClient.make(client);
    const variants = Array.from({ length: 12 }, (_, at) => ({
      external_id: `same${at}`,
      text: `How to bake sourdough bread at home with flour and water, variant ${at}.`,
    }));
    await bread.add([...variants, { external_id: 'other', text: 'Bread history: bakeries in medieval towns.' }]);
    const search = { collection_uuids: [bread.id], query: 'bake sourdough bread', k: 5 };
    expect(ids(await find(search))).not.toContain('other');
    expect(ids(await find({ ...search, diversity: 0.9 }))).toContain('other');
  });

  it('X1: is that of the reranker where it is asked for, and says so', async () => {
    const plain = await find({ query: 'what did the keeper write about music', k: 10, search_mode: 'sparse' });
    const reranked = await find({ query: 'what did the keeper write about music', k: 10, search_mode: 'sparse', use_reranker: true });
    expect([plain.reranking_used, reranked.reranking_used]).toEqual([false, true]);
    expect(reranked.results.every(({ score, reranked_score }) => score === reranked_score)).toBe(true);
    expect(reranked.results.map(({ score }) => score)).toEqual(reranked.results.map(({ score }) => score).sort((a, b) => b - a));
    expect(reranked.results.some(({ reranked_score, original_score }) => reranked_score !== original_score)).toBe(true);
  });

  it('X1: goes on behind what was reranked, page by page', async () => {
    const search = { query: 'a keeper and music', k: 20, use_reranker: true };
    const first = await find(search);
    const second = await find({ ...search, cursor: first.next_cursor });
    expect(new Set([...ids(first), ...ids(second)]).size).toBe(40);
    expect((second.results[0] as Hit).score).toBeLessThanOrEqual((first.results.at(-1) as Hit).score);
  });

  it('X1: stays that of the search, with a warning, when nobody can compare', async () => {
    const { status, body } = await call({ collection_uuids: [collection.id], query: 'music', use_reranker: true, rerank_model: 'no-such-model' });
    expect([status, body]).toEqual([400, expect.objectContaining({ code: 'unknown_model' })]);
    const like = (await find({ query: 'violin', k: 1 })).results[0] as Hit;
    const answer = await find({ example_ids: [like.chunk_id], k: 3, use_reranker: true });
    expect([answer.reranking_used, answer.warnings.length, answer.results.length]).toEqual([false, 1, 3]);
  });

  it('Q3: holds one chunk of each document where that is asked for', async () => {
    const long = await CollectionClient.make(client, { chunk_size: 20, chunk_overlap: 0 });
    const texts = ['lantern', 'candle'].map((word) => ({
      external_id: word,
      text: `The ${word} in the tower burns through the night and is seen from far away. `.repeat(12),
    }));
    await long.add(texts);
    const search = { collection_uuids: [long.id], query: 'a light in the tower', k: 10 };
    expect((await find(search)).results).toHaveLength(10);
    expect(ids(await find({ ...search, group_by: 'document' })).sort()).toEqual(['candle', 'lantern']);
  });
});

describe('what stands around a hit', () => {
  const days = (word: string) => Array.from({ length: 12 }, (_, at) => `On day ${at} the ${word} keeper trims the lamp and writes down who came by.`);
  const logbook = (word: string) => [days(word).slice(0, 6).join(' '), days(word).slice(6).join('\n')].join('\n\n');
  const around = async (shelf: CollectionClient, query: string) => (await find({ collection_uuids: [shelf.id], query, k: 50, include_parent: true })).results;
  const blank = (text: string) => text.replace(/\s/g, ' ');

  function expectInPlace({ text, start, end, parent }: Hit, whole: string): void {
    if (!parent) throw new Error('the hit has no parent');
    expect(parent.text.slice(start - parent.start, end - parent.start)).toBe(text);
    expect(blank(parent.text)).toBe(blank(whole.slice(parent.start, parent.end)));
    expect(parent.truncated).toBe(false);
  }

  it('U5: is the parent of a chunk that has one: all chunks of it have the same, and it is larger', async () => {
    const shelf = await CollectionClient.make(client, {
      chunking_strategy: 'hierarchical',
      chunk_size: 90,
      chunking_config: { child_size: 20, child_overlap: 5 },
    });
    const whole = logbook('harbour');
    await shelf.add([{ external_id: 'log', text: whole }]);
    const hits = await around(shelf, 'trims the lamp on day 3');
    expect(hits.length).toBeGreaterThan(6);
    for (const hit of hits) {
      expectInPlace(hit, whole);
      expect(hit.parent?.kind).toBe('parent');
      const sibling = hits.find(({ parent, start }) => parent?.start === hit.parent?.start && start !== hit.start);
      expect(sibling?.parent).toEqual(hit.parent);
      expect(hit.parent?.text.length).toBeGreaterThan(hit.text.length);
    }
    const parents = new Set(hits.map(({ parent }) => parent?.start));
    expect(parents.size).toBeGreaterThan(1);
    expect(parents.size).toBeLessThan(hits.length);
  });

  it('U5: is the chunks beside it where the chunker makes no parents', async () => {
    const shelf = await CollectionClient.make(client, { chunking_strategy: 'sentence', chunk_size: 20, chunk_overlap: 0 });
    const whole = logbook('river');
    await shelf.add([{ external_id: 'log', text: whole }]);
    const hits = (await around(shelf, 'who came by')).sort((a, b) => a.start - b.start);
    expect(hits.length).toBeGreaterThan(6);
    for (const [at, hit] of hits.entries()) {
      expectInPlace(hit, whole);
      const [before, after] = [hits[at - 1] ?? hit, hits[at + 1] ?? hit];
      expect(hit.parent).toMatchObject({ kind: 'neighbours', start: before.start, end: after.end });
    }
  });

  it('U5: is of the version of the document that is found, and of nothing that was', async () => {
    const shelf = await CollectionClient.make(client, {
      chunking_strategy: 'hierarchical',
      chunk_size: 90,
      chunking_config: { child_size: 20, child_overlap: 0 },
    });
    await shelf.add([
      { external_id: 'log', text: logbook('lagoon') },
      { external_id: 'gone', text: logbook('desert') },
    ]);
    const gone = (await shelf.documents()).find(({ external_id }) => external_id === 'gone');
    await shelf.delete(gone?.id as string);
    const whole = logbook('mountain');
    await shelf.add([{ external_id: 'log', text: whole }]);
    const hits = await around(shelf, 'the keeper of the lagoon or the desert');
    expect(hits.length).toBeGreaterThan(6);
    for (const hit of hits) expectInPlace(hit, whole);
  });

  it('U5: is only there where it is asked for, and a cursor is good with it and without', async () => {
    const first = await find({ query: 'keeper', k: 3, include_parent: true });
    expect(first.results.every(({ parent }) => parent?.kind === 'neighbours')).toBe(true);
    const next = await find({ query: 'keeper', k: 3, cursor: first.next_cursor });
    expect(next.results.some((hit) => 'parent' in hit)).toBe(false);
  });
});
