import { BUILT_IN_MODEL } from '@cairn/models';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { ApiClient } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(90_000);

// No two of them have the same stem, and none is too common to count.
const WORDS = [
  'harbour',
  'glacier',
  'violin',
  'cactus',
  'turbine',
  'sonnet',
  'enzyme',
  'falcon',
  'lantern',
  'orchard',
  'pebble',
  'saddle',
  'walnut',
  'zeppelin',
];
const COUNT = 150;
const QUESTIONS = ['falcon glacier', 'walnut', 'sonnet enzyme turbine', 'zeppelin over the orchard'];

interface Note {
  external_id: string;
  text: string;
  words: string[];
  metadata: { n: number; lang: string };
}

interface Hit {
  external_id: string;
  score: number;
}

const random = randomOf(7);
const notes = Array.from({ length: COUNT }, (_, at): Note => {
  const words = Array.from({ length: 1 + Math.floor(random() * 6) }, () => WORDS[Math.floor(random() * WORDS.length)] as string);
  return { external_id: `n${at}`, text: words.join(' '), words, metadata: { n: at, lang: ['de', 'en', 'fr'][Math.floor(random() * 3)] as string } };
});
const FILTERS = [
  { filters: undefined, takes: () => true },
  { filters: { lang: 'de', n: { $gte: 20 } }, takes: ({ metadata }: Note) => metadata.lang === 'de' && metadata.n >= 20 },
  { filters: { $or: [{ n: { $lt: 10 } }, { lang: { $ne: 'en' } }] }, takes: ({ metadata }: Note) => metadata.n < 10 || metadata.lang !== 'en' },
];

let system: TestSystem;
let client: ApiClient;
let collection: CollectionClient;
beforeAll(async () => {
  system = await TestSystem.start();
  client = system.client();
  collection = await CollectionClient.make(client, { quantization: 'float32', embed_context: false });
  await collection.add(notes.map(({ words: _, ...document }) => document));
}, 180_000);
afterAll(() => system?.stop());

async function find(search: object): Promise<Hit[]> {
  return (await client.ok<{ results: Hit[] }>('POST', '/api/v2/search', { collection_uuids: [collection.id], ...search })).results;
}

async function embed(input: string[], input_type: string): Promise<number[][]> {
  const answer = await client.ok<{ data: { embedding: number[] }[] }>('POST', '/v1/embeddings', { input, input_type, model: BUILT_IN_MODEL.id });
  return answer.data.map(({ embedding }) => embedding);
}

/** The same numbers in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, at) => sum + value * (y[at] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

it('Q1: a search by meaning finds what comparing the question with every document finds, with filters and thresholds', async () => {
  const vectors = await embed(
    notes.map(({ text }) => text),
    'document',
  );
  for (const query of QUESTIONS) {
    const [question] = (await embed([query], 'query')) as [number[]];
    const scores = new Map(notes.map(({ external_id }, at) => [external_id, cosine(question, vectors[at] as number[])]));
    for (const { filters, takes } of FILTERS) {
      for (const score_threshold of [undefined, 0.4]) {
        const wanted = notes.filter(takes).map(({ external_id }) => scores.get(external_id) as number);
        const best = wanted.filter((score) => score >= (score_threshold ?? -1)).sort((a, b) => b - a);
        const hits = await find({ query, search_mode: 'dense', k: 25, filters, score_threshold });
        expect(hits).toHaveLength(Math.min(25, best.length));
        for (const [at, { external_id, score }] of hits.entries()) {
          expect(score).toBeCloseTo(scores.get(external_id) as number, 4);
          expect(score).toBeCloseTo(best[at] as number, 4);
          expect(takes(notes.find((note) => note.external_id === external_id) as Note)).toBe(true);
        }
      }
    }
  }
});

it('Q1: a search by words finds exactly the documents that have one of them', async () => {
  for (const query of QUESTIONS) {
    const words = query.split(' ');
    for (const { filters, takes } of FILTERS) {
      const having = notes.filter((note) => takes(note) && note.words.some((word) => words.includes(word)));
      const hits = await find({ query, search_mode: 'sparse', k: COUNT, filters });
      expect(hits.map(({ external_id }) => external_id).sort()).toEqual(having.map(({ external_id }) => external_id).sort());
      expect(hits.every(({ score }, at) => score > 0 && (at === 0 || score <= (hits[at - 1] as Hit).score))).toBe(true);
    }
  }
});

it('Q1: of two documents of one length, the one with a rarer word of the question is the better one', async () => {
  const countOf = (word: string) => notes.filter((note) => note.words.includes(word)).length;
  const byCount = [...WORDS].sort((a, b) => countOf(a) - countOf(b));
  const [rare, common] = [byCount[0] as string, byCount.at(-1) as string];
  const hits = await find({ query: `${rare} ${common}`, search_mode: 'sparse', k: COUNT });
  const scoreOf = (word: string, other: string) => {
    const alone = notes.filter(({ words }) => words.length === 3 && words.filter((one) => one === word).length === 1 && !words.includes(other));
    return alone.map(({ external_id }) => hits.find((hit) => hit.external_id === external_id)?.score as number);
  };
  const [rarely, commonly] = [scoreOf(rare, common), scoreOf(common, rare)];
  expect(Math.min(rarely.length, commonly.length)).toBeGreaterThan(0);
  expect(Math.min(...rarely)).toBeGreaterThan(Math.max(...commonly));
});
