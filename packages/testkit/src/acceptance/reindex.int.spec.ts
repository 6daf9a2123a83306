import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbedTextsAnswer, type EmbedTextsRequest, Subjects } from '@cairn/common';
import { BUILT_IN_MODEL, ModelStore, spaceOf } from '@cairn/models';
import { installModel } from '@cairn/models/install';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { tinyBert, writeFolder } from '../../../models/src/fixtures/tiny-encoder.js';
import { BERT_JSON } from '../../../models/src/fixtures/tokenizer-files.js';
import { TestSystem } from '../system/test-system.js';
import { until } from '../system/wait.js';
import { CollectionClient, type Document, type Sent } from './collection-client.js';

jest.setTimeout(120_000);

const models = mkdtempSync(join(tmpdir(), 'cairn-reindex-'));
let system: TestSystem;
const connectNats = () => {
  const { url, user, password } = system.stack.nats;
  return connect({ servers: [new URL(url).host], user, pass: password });
};
const embedTexts = () => new Subjects(system.namespace).embedTexts(spaceOf(BUILT_IN_MODEL));
beforeAll(async () => {
  const published = join(models, '.published');
  writeFolder(published, tinyBert(), BERT_JSON);
  await installModel(new ModelStore(models), { from: published, id: 'tiny', settings: { pooling: 'mean' }, quantise: false });
  system = await TestSystem.start({ env: { MODELS_DIR: models } });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  rmSync(models, { recursive: true, force: true });
});

const make = (settings: object = {}) => CollectionClient.make(system.client(), settings);
const notes = (count: number): Document[] =>
  Array.from({ length: count }, (_, i) => ({ external_id: `note-${i}`, text: `The lamp number${i} burns. `.repeat(12) }));
const SMALL = { chunk_size: 30, chunk_overlap: 0 };

interface IndexRow {
  id: string;
  state: string;
  space: string;
}
const indexesOf = ({ id }: CollectionClient) =>
  system.database.sql<IndexRow>('SELECT id, state, space FROM collection_indexes WHERE collection_id = $1 ORDER BY number', [id]);

/** Holds queued jobs for documents back, as a busy system may do, until they are let go. */
async function holdBack(indexId: string, documentId: string): Promise<void> {
  const held = await system.database.sql(
    `WITH j AS (UPDATE jobs SET next_attempt_at = now() + interval '1 hour' WHERE state = 'queued' AND document_id = $2 AND payload->>'index_id' = $1 RETURNING org_id, id)
     UPDATE outbox o SET due_at = now() + interval '1 hour' FROM j WHERE o.org_id = j.org_id AND o.job_id = j.id RETURNING o.id`,
    [indexId, documentId],
  );
  expect(held).toHaveLength(1);
}

const letGo = (documentId: string) =>
  system.database.sql(
    `WITH j AS (UPDATE jobs SET next_attempt_at = now() WHERE state = 'queued' AND document_id = $1 RETURNING org_id, id)
     UPDATE outbox o SET due_at = now() FROM j WHERE o.org_id = j.org_id AND o.job_id = j.id`,
    [documentId],
  );

/** Does it while nothing is given to workers. */
async function whileNothingRuns<T>(work: () => Promise<T>): Promise<T> {
  await system.service('dispatcher').freeze();
  return work().finally(() => system.service('dispatcher').thaw());
}

interface Verification {
  queries: number;
  mean_overlap: number;
  min_overlap: number;
  passed: boolean;
  ndcg?: { before: number; after: number; judged: number };
  results: { query?: string; document_id?: string; overlap: number }[];
}

const THINGS = ['lamp', 'harbour', 'violin', 'garden', 'engine', 'letter', 'bridge', 'kitchen'];
const things = (count: number): Document[] =>
  Array.from({ length: count }, (_, i) => ({
    external_id: `thing-${i}`,
    text: `The ${THINGS[i % THINGS.length]} of house ${i} was repaired by ${THINGS[(i * 3 + 1) % THINGS.length]} makers.`,
  }));

describe('a reindex that is verified', () => {
  const verified = async (collection: CollectionClient, body: object) => {
    const operation = await collection.ended(await collection.reindex(body));
    return { operation, verification: operation.result.verification as Verification };
  };

  it('J13: does not switch where the indexes agree too little, says the numbers, and makes room for another', async () => {
    const collection = await make(SMALL);
    await collection.add(things(40));
    const { operation, verification } = await verified(collection, { embedding_model: 'tiny', verify: { sample: 10, min_overlap: 0.95 } });
    expect(operation).toMatchObject({ status: 'failed', error_message: expect.stringContaining('95 %') });
    expect(verification).toMatchObject({ queries: 10, min_overlap: 0.95, passed: false });
    const overlaps = verification.results.map(({ overlap }) => overlap);
    expect(verification.mean_overlap).toBeCloseTo(overlaps.reduce((sum, one) => sum + one, 0) / overlaps.length);
    expect(verification.mean_overlap).toBeLessThan(0.95);
    expect(JSON.stringify(verification)).not.toContain('repaired');
    expect((await indexesOf(collection)).map(({ state }) => state)).toEqual(['serving', 'retired']);
    expect((await collection.hits('violin')).length).toBeGreaterThan(0);
    await collection.completed(await collection.reindex({ chunk_size: 40 }));
  });

  it('J13: switches where they agree, and tells overlap and nDCG of what was asked', async () => {
    const collection = await make(SMALL);
    await collection.add(things(40));
    const judgments = [0, 8, 16].map((i) => ({ query: 'the lamp of a house', external_id: `thing-${i}`, relevance: 2 }));
    const verify = { queries: ['violin makers', 'a bridge that was repaired'], judgments, min_overlap: 0.7 };
    const { operation, verification } = await verified(collection, { quantization: 'float32', verify });
    expect(operation.status).toBe('completed');
    expect(verification).toMatchObject({ queries: 3, passed: true, ndcg: { judged: 1 } });
    expect(verification.results.map(({ query }) => query)).toEqual([...verify.queries, 'the lamp of a house']);
    for (const value of [verification.ndcg?.before, verification.ndcg?.after])
      expect([value !== undefined && value > 0 && value <= 1, value]).toEqual([true, value]);
    expect((await indexesOf(collection)).map(({ state }) => state)).toEqual(['retired', 'serving']);
  });

  it('J13: an empty collection agrees with itself, and without a new index there is nothing to compare', async () => {
    const collection = await make(SMALL);
    const { operation, verification } = await verified(collection, { force: true, verify: { min_overlap: 1 } });
    expect([operation.status, verification.queries, verification.passed]).toEqual(['completed', 0, true]);
    for (const body of [{ verify: {} }, { only_failed: true, verify: {} }, { force: true, verify: { sample: 0 } }, { force: true, verify: { min_overlap: 2 } }])
      expect((await collection.client.call('POST', collection.path('/reindex'), body)).status).toBe(422);
  });

  it('J13: asks for a few vectors at a time, and for at most fifty queries with the passages', async () => {
    const collection = await make(SMALL);
    await collection.add(things(2));
    const nats = await connectNats();
    const asked: number[] = [];
    nats.subscribe(embedTexts(), { callback: (_, message) => void asked.push(message.json<EmbedTextsRequest>().texts.length) });
    await nats.flush();
    const queries = Array.from({ length: 40 }, (_, at) => `who repaired house ${at}?`);
    const { verification } = await verified(collection, { force: true, verify: { queries, sample: 2 } });
    await nats.close();
    expect(verification.queries).toBe(42);
    expect(asked).toEqual([16, 16, 10, 16, 16, 10]);
    const tooMany = await collection.client.call('POST', collection.path('/reindex'), { force: true, verify: { queries, sample: 11 } });
    expect([tooMany.status, JSON.stringify(tooMany.body)]).toEqual([422, expect.stringContaining('at most 50')]);
  });

  it('J13: vectors that are more than one message can hold are refused, and the worker goes on', async () => {
    const nats = await connectNats();
    const ask = async (count: number) => {
      const request: EmbedTextsRequest = { id: 'many', model: BUILT_IN_MODEL.id, mode: 'query', texts: Array.from({ length: count }, () => 'a') };
      return (await nats.request(embedTexts(), JSON.stringify(request), { timeout: 60_000 })).json<EmbedTextsAnswer>();
    };
    expect(await ask(600)).toEqual({ error: 'refused', detail: 'The answer is too large for one message.' });
    expect(await ask(1)).toMatchObject({ tokens: [expect.any(Number)] });
    await nats.close();
  });
});

describe('a reindex', () => {
  it.each([
    ['another kind of number, in another space', { quantization: 'int8' }],
    ['another model of another dimension', { embedding_model: 'tiny' }],
  ])('J13: to %s is searched through all the time, and switches at once', async (_, settings) => {
    const collection = await make(SMALL);
    await collection.add(notes(25));
    const before = new Set((await collection.hits('lamp', { k: 1_000, search_mode: 'sparse' })).map(({ chunk_id }) => chunk_id));
    const id = await collection.reindex(settings);
    const seen: string[][] = [];
    for (let isOver = false; !isOver; ) {
      isOver = (await collection.operation(id)).status === 'completed';
      seen.push((await collection.hits('lamp number7')).map(({ chunk_id }) => chunk_id));
      expect(seen.at(-1)?.length).toBeGreaterThan(0);
    }
    const after = new Set((await collection.hits('lamp', { k: 1_000, search_mode: 'sparse' })).map(({ chunk_id }) => chunk_id));
    expect([...after].filter((chunk) => before.has(chunk))).toEqual([]);
    for (const ids of seen) expect([ids.every((chunk) => before.has(chunk)), ids.every((chunk) => after.has(chunk))]).toContain(true);
    expect((await collection.detail()).total_chunks).toBe(after.size);
    const [old, fresh] = await indexesOf(collection);
    expect([old?.state, fresh?.state, old?.space === fresh?.space]).toEqual(['retired', 'serving', false]);
  });

  it('J13: with many changes at once ends with each document as it was sent last', async () => {
    const collection = await make(SMALL);
    const documents = await collection.add(notes(30));
    const last = new Map<string, string | undefined>();
    const operations: string[] = [];
    const reindexing = await collection.reindex({ chunk_size: 60 });
    const change = async (i: number): Promise<void> => {
      const document = documents[i] as { id: string; external_id: string };
      for (const version of ['first', 'second', 'third']) {
        if (i % 5 === 4 && version === 'third') {
          await collection.delete(document.id);
          last.set(document.external_id, undefined);
          return;
        }
        const text = `The ${version} lantern number${i} hangs in the hall.`;
        operations.push((await collection.send([{ external_id: document.external_id, text }])).operation_id);
        last.set(document.external_id, text);
      }
    };
    const add = async (i: number): Promise<void> => {
      const text = `The new lantern number${100 + i} hangs in the yard.`;
      operations.push((await collection.send([{ external_id: `new-${i}`, text }])).operation_id);
      last.set(`new-${i}`, text);
    };
    await Promise.all([...documents.slice(0, 20).map((_, i) => change(i)), ...Array.from({ length: 10 }, (_, i) => add(i))]);
    await collection.completed(reindexing);
    for (const operation of operations) await collection.ended(operation);
    await collection.is('ready');
    const hits = await collection.hits('lantern', { search_mode: 'sparse', k: 1_000 });
    const textsOf = (external: string) => hits.filter(({ external_id }) => external_id === external).map((hit) => hit.text);
    for (const [external, text] of last) expect([external, textsOf(external)]).toEqual([external, text === undefined ? [] : [text]]);
    expect((await collection.documents()).filter(({ status }) => status !== 'completed')).toEqual([]);
    expect((await collection.texts('lamp')).length).toBeGreaterThan(0);
    const [counts] = await system.database.sql(
      `SELECT count(*)::int AS lacking FROM documents d WHERE d.collection_id = $1 AND d.deleted_at IS NULL AND NOT EXISTS
        (SELECT 1 FROM manifests m JOIN collections c ON c.serving_index_id = m.index_id WHERE m.document_id = d.id AND m.gen = d.gen)`,
      [collection.id],
    );
    expect(counts).toEqual({ lacking: 0 });
  });

  it('J13: does not let an index serve that has an older version of a document than the one that is found', async () => {
    const collection = await make(SMALL);
    const [changed, slow] = (await collection.add([
      { external_id: 'changed', text: 'an old tale of a badger' },
      { external_id: 'slow', text: 'a slow tale of a snail' },
    ])) as [Sent, Sent];
    const reindexing = await whileNothingRuns(async () => {
      const id = await collection.reindex({ chunk_size: 40 });
      await holdBack((await buildingOf(collection)).id, slow.id);
      return id;
    });
    const { id: building } = await buildingOf(collection);
    const isIn = () => system.database.sql('SELECT 1 FROM manifests WHERE index_id = $1 AND document_id = $2', [building, changed.id]);
    await until('the old version to be in the new index', async () => (await isIn()).length === 1);
    await whileNothingRuns(async () => {
      await collection.send([{ external_id: 'changed', text: 'a new tale of an otter' }]);
      await holdBack(building, changed.id);
    });
    await until('the new version to be found', async () => (await collection.document(changed.id)).status === 'completed');
    await letGo(slow.id);
    const looks = () =>
      system.database.sql(
        `SELECT 1 FROM job_attempts a JOIN jobs j ON j.org_id = a.org_id AND j.id = a.job_id WHERE a.org_id = $1 AND j.type = 'finish_reindex' AND a.ended_at IS NOT NULL`,
        [collection.client.person.org],
      );
    await until('the new index to be looked at twice', async () => (await looks()).length >= 2);
    expect(await collection.texts('tale badger otter')).toEqual(expect.arrayContaining(['a new tale of an otter']));
    expect((await collection.operation(reindexing)).status).toBe('processing');
    await letGo(changed.id);
    await collection.completed(reindexing);
    expect((await collection.texts('tale badger otter')).sort()).toEqual(['a new tale of an otter', 'a slow tale of a snail']);
  });

  it('J13: tells of a document that was only waiting for the old index that it is indexed', async () => {
    const collection = await make(SMALL);
    const [{ id }] = (await collection.add([{ external_id: 'one', text: 'a quiet pond' }])) as [Sent];
    const [serving] = await indexesOf(collection);
    const reindexing = await whileNothingRuns(async () => {
      const operation = await collection.reindex({ chunk_size: 40 });
      await collection.send([{ external_id: 'one', text: 'a loud river' }]);
      await holdBack((serving as IndexRow).id, id);
      return operation;
    });
    await collection.completed(reindexing);
    expect([await collection.texts('pond river'), (await collection.document(id)).status]).toEqual([['a loud river'], 'completed']);
    await letGo(id);
    await collection.is('ready');
  });

  it('J13: cannot be begun twice at once', async () => {
    const collection = await make(SMALL);
    await collection.add(notes(5));
    const replies = await Promise.all([40, 50, 60].map((chunk_size) => collection.client.call('POST', collection.path('/reindex'), { chunk_size })));
    const accepted = replies.filter(({ status }) => status === 202);
    expect([accepted.length, replies.filter(({ status }) => status === 409).map(({ body }) => body.code)]).toEqual([1, ['conflict', 'conflict']]);
    await collection.completed(accepted[0]?.body.id as string);
  });

  it('J7: that is cancelled leaves the old index serving, and the next one works', async () => {
    const collection = await make(SMALL);
    await collection.add(notes(40));
    const before = (await collection.hits('lamp number3')).map(({ chunk_id }) => chunk_id);
    const id = await collection.reindex({ chunk_size: 60 });
    expect((await collection.client.call('DELETE', `/api/v2/operations/${id}`)).status).toBe(200);
    expect((await collection.client.call('DELETE', `/api/v2/operations/${id}`)).body.code).toBe('operation_ended');
    expect((await collection.hits('lamp number3')).map(({ chunk_id }) => chunk_id)).toEqual(before);
    expect(await collection.is('ready')).toMatchObject({ chunk_size: 30 });
    await collection.completed(await collection.reindex({ chunk_size: 60 }));
    expect(await collection.detail()).toMatchObject({ chunk_size: 60, status: 'ready', document_count: 40 });
    expect((await collection.operation(id)).status).toBe('cancelled');
  });

  it('J13: a document that failed before holds nothing up, and stays failed', async () => {
    const collection = await make(SMALL);
    const { body } = await collection.upload([
      ['good.txt', 'a fine harbour'],
      ['broken.pdf', '%PDF-1.7 and then nothing', 'application/pdf'],
    ]);
    await collection.ended(body.operation_id);
    await collection.ended(await collection.reindex({ force: true }));
    expect((await indexesOf(collection)).map(({ state }) => state)).toEqual(['retired', 'serving']);
    expect((await collection.documents()).map(({ file_name, status }) => [file_name, status])).toEqual([
      ['good.txt', 'completed'],
      ['broken.pdf', 'failed'],
    ]);
    expect(await collection.texts('harbour')).toEqual(['a fine harbour']);
  });

  it('J14: only_failed makes only those again that failed, changed ones are made by themselves, and force makes all', async () => {
    const collection = await make(SMALL);
    await collection.add(notes(3));
    const { body } = await collection.upload([['broken.pdf', '%PDF-1.7 and then nothing', 'application/pdf']]);
    await collection.ended(body.operation_id);
    const tried = async (settings: object) => (await collection.ended(await collection.reindex(settings))).progress.total;
    expect([await tried({ only_failed: true }), await tried({}), await tried({ force: true })]).toEqual([1, 1, 4]);
  });

  it('J12: an operation goes on where it was when api, dispatcher and worker are killed in the middle of it', async () => {
    const collection = await make(SMALL);
    await collection.add(notes(12));
    const id = await collection.reindex({ chunk_size: 50 });
    const { operation_id } = await collection.send(Array.from({ length: 10 }, (_, i) => ({ external_id: `more-${i}`, text: `A candle number${i}.` })));
    for (const service of ['worker', 'dispatcher', 'api'] as const) await system.restart(service);
    await collection.completed(id);
    expect((await collection.completed(operation_id)).progress).toMatchObject({ percentage: 100, failed: 0 });
    expect(new Set(await collection.texts('candle'))).toHaveProperty('size', 10);
    expect(await collection.is('ready')).toMatchObject({ document_count: 22, chunk_size: 50 });
  });
});

async function buildingOf(collection: CollectionClient): Promise<IndexRow> {
  return (await indexesOf(collection)).find(({ state }) => state === 'building') as IndexRow;
}
