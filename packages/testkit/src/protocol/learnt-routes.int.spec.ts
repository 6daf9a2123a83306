import { randomUUID } from 'node:crypto';
import {
  type Access,
  createFamily,
  type Database,
  type FamilyRoute,
  forgetCollection,
  knownFamilies,
  LearntRoutesRepository,
  patchDocument,
  type RoutedFamily,
  removeFamily,
  type Sql,
  type TenantScope,
} from '@cairn/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../system/wait.js';
import { newScope, ProtocolBench } from './protocol-bench.js';

jest.setTimeout(60_000);

let bench: ProtocolBench;
let routes: LearntRoutesRepository;
let scope: TenantScope;
let access: Access;

beforeAll(async () => {
  bench = await ProtocolBench.open();
  routes = new LearntRoutesRepository(bench.dispatch);
}, 60_000);
afterAll(() => bench?.close());
beforeEach(() => {
  scope = newScope();
  access = { scope, userId: null };
});

const INSERT = `INSERT INTO documents (org_id, id, collection_id, external_id, file_name, size_bytes, content_hash, metadata)
  SELECT $1, gen_random_uuid(), $2, gen_random_uuid()::text, 'x', 1, 'x', metadata FROM jsonb_array_elements($3::jsonb) AS metadata RETURNING id`;

async function newCollection(): Promise<string> {
  const id = randomUUID();
  await bench.database.sql(`INSERT INTO collections (org_id, id, name, type, owner_id, serving_index_id) VALUES ($1, $2, $2::uuid::text, 'mixed', 1, $2)`, [
    scope.orgId,
    id,
  ]);
  return id;
}

const write = async (sql: Sql, collection: string, metadata: object[]): Promise<string[]> =>
  (await sql.rows<{ id: string }>(INSERT, [scope.orgId, collection, JSON.stringify(metadata)])).map(({ id }) => id);
const add = (collection: string, ...metadata: object[]) => bench.app.tenant(scope, (sql) => write(sql, collection, metadata));

function learn(collections: string[], { name = `family ${randomUUID()}`, keys = ['model'] } = {}): Promise<string> {
  const made = bench.app.tenant(scope, (sql) => createFamily(sql, access, { name, collections, route: { kind: 'learnt', keys } }));
  return made.then(() => name);
}

const familyOf = async (name: string): Promise<RoutedFamily> => {
  const [family] = await bench.app.tenant(scope, (sql) => knownFamilies(sql, access, [name]));
  if (!family) throw new Error('there is no such family');
  return family;
};

/** What is known of a member: its lists in some order, or that it may hold anything. */
async function knownOf(name: string, collection: string): Promise<unknown> {
  const lists = (await familyOf(name)).route?.values.get(collection);
  return lists === undefined ? 'anything' : lists.map((list) => JSON.stringify(list)).sort();
}

const isDue = () => bench.database.sql(`UPDATE learnt_fields SET looked_at = now() - interval '1 year' WHERE org_id = $1`, [scope.orgId]);
async function lookedAt(): Promise<string[]> {
  await isDue();
  const seen: string[] = [];
  for (let became = await routes.lookAtNext(60); became !== undefined; became = await routes.lookAtNext(60)) seen.push(became);
  return seen;
}

describe('what is learnt of a collection', () => {
  it('L2: is what its documents have when the family is made, and what they are given after that', async () => {
    const [one, other] = [await newCollection(), await newCollection()];
    await add(one, { model: 'Invoice' }, { model: 'Invoice' }, { model: 'Order' });
    const name = await learn([one, other]);
    expect(await knownOf(name, one)).toEqual(['["Invoice"]', '["Order"]']);
    expect(await knownOf(name, other)).toEqual([]);
    expect((await familyOf(name)).route).toMatchObject({ keys: ['model'], isOpen: false });
    const [id] = await add(other, { model: 'Letter' }, {});
    expect(await knownOf(name, other)).toEqual(['["Letter"]', '[]']);
    await bench.app.tenant(scope, (sql) => patchDocument(sql, scope, id as string, { metadata: { model: 5 } }, false));
    expect(await knownOf(name, other)).toEqual(['["Letter"]', '[5]', '[]']);
    expect(await knownOf(name, one)).toEqual(['["Invoice"]', '["Order"]']);
  });

  it('L2: is written by workers too, and by nobody for another organisation', async () => {
    const collection = await newCollection();
    const name = await learn([collection]);
    await bench.worker.tenant(scope, (sql) => write(sql, collection, [{ model: 'of a source' }]));
    const theirs = newScope();
    await bench.app.tenant(theirs, (sql) => sql.rows(INSERT, [theirs.orgId, collection, JSON.stringify([{ model: 'of a stranger' }])]));
    expect(await knownOf(name, collection)).toEqual(['["of a source"]']);
  });

  const ANYTHING: [what: string, metadata: object][] = [
    ['an object', { model: { name: 'x' } }],
    ['an object in a list', { model: ['x', { name: 'y' }] }],
    ['a list in a list', { model: ['x', ['y']] }],
    ['more than a hundred values in a list', { model: Array.from({ length: 101 }, (_, n) => n) }],
    ['a very long text', { model: 'x'.repeat(5_000) }],
    ['a number that is not exact everywhere', { model: 9_007_199_254_740_994 }],
  ];
  for (const [what, metadata] of ANYTHING) {
    it(`L2: is anything where a document has ${what}, whether it came before the family or after it`, async () => {
      const [before, after, changed] = [await newCollection(), await newCollection(), await newCollection()];
      await add(before, metadata, { model: 'x' });
      const [id] = await add(changed, { model: 'x' });
      const name = await learn([before, after, changed]);
      await add(after, { model: 'x' }, metadata);
      await bench.app.tenant(scope, (sql) => patchDocument(sql, scope, id as string, { metadata: metadata as Record<string, unknown> }, false));
      for (const collection of [before, after, changed]) expect(await knownOf(name, collection)).toBe('anything');
      await add(before, { model: 'y' });
      expect(await knownOf(name, before)).toBe('anything');
    });
  }

  it('L2: is all values of a list, and none for null', async () => {
    const collection = await newCollection();
    const lists = [{ model: ['b', 'a', 'a', true, 1.5] }, { model: null }, { model: [] }, { model: [null] }, { other: 'x' }];
    await add(collection, ...lists);
    const name = await learn([collection]);
    const known = await knownOf(name, collection);
    expect(known).toHaveLength(2);
    expect((await familyOf(name)).route?.values.get(collection)?.map((list) => [...list].map(String).sort())).toEqual(
      expect.arrayContaining([[], ['1.5', 'a', 'b', 'true']]),
    );
    await add(collection, ...lists);
    expect(await knownOf(name, collection)).toEqual(known);
  });

  it('L2: looks through lists of objects, and takes no number of a list for a key', async () => {
    const collection = await newCollection();
    await add(
      collection,
      { org: { region: 'eu' } },
      { org: [{ region: 'us' }, [{ region: ['asia', 'eu'] }]] },
      { org: 'none' },
      { 'org.region': 'a key with a dot' },
    );
    expect(await knownOf(await learn([collection], { keys: ['org', 'region'] }), collection)).toEqual(['["us"]', '["eu"]', '[]'].sort());
    expect(await knownOf(await learn([collection], { keys: ['org', '0'] }), collection)).toEqual(['[]']);
    expect(await knownOf(await learn([collection], { keys: ['org.region'] }), collection)).toEqual(['["a key with a dot"]', '[]']);
  });

  it('L2: is anything where there are more than a thousand lists, and exact up to there', async () => {
    const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ({ model: `value ${from + n}` }));
    const [before, after, tooMany] = [await newCollection(), await newCollection(), await newCollection()];
    await add(before, ...many(1_000));
    await add(tooMany, ...many(1_001));
    const name = await learn([before, after, tooMany]);
    await add(after, ...many(600));
    await add(after, ...many(400, 600));
    expect([await knownOf(name, before), await knownOf(name, after)]).toMatchObject([{ length: 1_000 }, { length: 1_000 }]);
    expect(await knownOf(name, tooMany)).toBe('anything');
    await add(after, ...many(1, 1_000));
    expect(await knownOf(name, after)).toBe('anything');
  });

  it('L2: several families of one field share it, and each field has its own values', async () => {
    const [one, other] = [await newCollection(), await newCollection()];
    await add(one, { model: 'Invoice', year: 2025 });
    const [first, second, third] = [await learn([one]), await learn([one, other]), await learn([one], { keys: ['year'] })];
    await add(one, { model: 'Order', year: 2026 });
    for (const name of [first, second]) expect(await knownOf(name, one)).toEqual(['["Invoice"]', '["Order"]']);
    expect(await knownOf(third, one)).toEqual(['[2025]', '[2026]']);
  });
});

describe('what is gone', () => {
  it('L2: stays known until it is looked at, and goes then, for what is whole is left alone', async () => {
    const [one, other] = [await newCollection(), await newCollection()];
    const ids = await add(one, { model: 'Invoice' }, { model: 'Order' }, { model: { an: 'object' } });
    await add(other, { model: 'Letter' });
    const name = await learn([one, other]);
    expect(await knownOf(name, one)).toBe('anything');
    expect((await lookedAt()).sort()).toEqual(['whole', 'whole']);
    const remove = (id: string) => bench.app.tenant(scope, (sql) => sql.rows('UPDATE documents SET deleted_at = now(), metadata = $2 WHERE id = $1', [id, {}]));
    await remove(ids[2] as string);
    expect(await knownOf(name, one)).toBe('anything');
    expect((await lookedAt()).sort()).toEqual(['learnt', 'whole']);
    expect(await knownOf(name, one)).toEqual(['["Invoice"]', '["Order"]']);
    await remove(ids[0] as string);
    expect(await knownOf(name, one)).toEqual(['["Invoice"]', '["Order"]']);
    await lookedAt();
    expect(await knownOf(name, one)).toEqual(['["Order"]']);
    expect(await knownOf(name, other)).toEqual(['["Letter"]']);
  });

  it('L2: what more than a thousand had is known again when it is less', async () => {
    const collection = await newCollection();
    const name = await learn([collection]);
    await add(collection, ...Array.from({ length: 1_001 }, (_, n) => ({ model: n })));
    expect(await knownOf(name, collection)).toBe('anything');
    await lookedAt();
    expect(await lookedAt()).toEqual(['whole']);
    await bench.database.sql(`UPDATE documents SET deleted_at = now(), metadata = '{}' WHERE org_id = $1 AND metadata->'model' >= '3'`, [scope.orgId]);
    await lookedAt();
    expect(await knownOf(name, collection)).toEqual(['[0]', '[1]', '[2]']);
  });

  it('L2: nothing is learnt any more of what no family asks for, and it is learnt anew for the next one', async () => {
    const collection = await newCollection();
    await add(collection, { model: 'Invoice' });
    const name = await learn([collection]);
    await bench.app.tenant(scope, (sql) => removeFamily(sql, access, name));
    expect(await lookedAt()).toEqual(['forgotten']);
    expect([await bench.count('learnt_fields', scope), await bench.count('learnt_values', scope)]).toEqual([0, 0]);
    await add(collection, { model: 'Order' });
    expect(await bench.count('learnt_values', scope)).toBe(0);
    expect(await knownOf(await learn([collection]), collection)).toEqual(['["Invoice"]', '["Order"]']);
  });

  it('L2: a field is looked at no sooner than it is due', async () => {
    await learn([await newCollection()]);
    expect(await routes.lookAtNext(60)).toBeUndefined();
  });
});

/** A transaction that is held open until it is told to end. */
class Held {
  private end: () => void = () => undefined;
  private readonly ended = new Promise<void>((resolve) => {
    this.end = resolve;
  });
  private constructor(readonly over: { done: Promise<void> }) {}

  static async begin(database: Database, of: TenantScope, work: (sql: Sql) => Promise<unknown>): Promise<Held> {
    const over = { done: Promise.resolve() };
    const held = new Held(over);
    await new Promise<void>((resolve, reject) => {
      over.done = database.tenant(of, async (sql) => {
        await work(sql);
        resolve();
        await held.ended;
      });
      over.done.catch(reject);
    });
    return held;
  }

  commit(): Promise<void> {
    this.end();
    return this.over.done;
  }
}

const waiting = (count: number) =>
  until(`${count} to wait`, async () => {
    const [row] = await bench.database.sql<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    return row?.n === count;
  });

describe('the families that a statement is routed by', () => {
  const make = (name: string, collections: string[], route?: FamilyRoute) =>
    bench.app.tenant(scope, (sql) => createFamily(sql, access, { name, collections, route }));
  const known = (of: Access, names?: string[]) => bench.app.tenant(of.scope, (sql) => knownFamilies(sql, of, names));

  it('L2: have the members that the caller may read, and what is known of those', async () => {
    const [a, b, c] = (await Promise.all([newCollection(), newCollection(), newCollection()])).sort() as [string, string, string];
    const values = [
      { value: 'x', collections: [a, b] },
      { value: 5, collections: [c] },
    ];
    await make('complete', [a, b, c], { kind: 'complete', keys: ['m'], values });
    await make('open', [a, b, c], { kind: 'open', keys: ['org', 'm'], values: [{ value: true, collections: [a] }] });
    await make('plain', [b]);
    const byHand = (rows: RoutedFamily[]) =>
      rows.map(({ route, ...family }) => ({ ...family, route: route && { ...route, values: Object.fromEntries(route.values) } }));
    const complete = { name: 'complete', members: [a, b, c], route: { keys: ['m'], isOpen: false, values: { [a]: [['x']], [b]: [['x']], [c]: [[5]] } } };
    const open = { name: 'open', members: [a, b, c], route: { keys: ['org', 'm'], isOpen: true, values: { [a]: [[true]] } } };
    const plain = { name: 'plain', members: [b], route: undefined };
    expect(byHand(await known(access))).toEqual([complete, open, plain]);
    expect(byHand(await known(access, ['plain', 'absent', 'open']))).toEqual([open, plain]);
    expect(byHand(await known({ ...access, collections: [c] }))).toEqual([
      { ...complete, members: [c], route: { ...complete.route, values: { [c]: [[5]] } } },
      { ...open, members: [c], route: { ...open.route, values: {} } },
    ]);
    expect(await known({ scope, userId: '77' })).toEqual([]);
    expect(await known({ scope: newScope(), userId: null })).toEqual([]);
  });

  it('L2: have no collection that is deleted, of which nothing is kept in the end', async () => {
    const [a, b] = [await newCollection(), await newCollection()];
    await add(a, { m: 'x' });
    await make('f', [a, b], { kind: 'learnt', keys: ['m'] });
    await bench.database.sql('UPDATE collections SET deleted_at = now() WHERE id = $1', [a]);
    expect(await known(access)).toMatchObject([{ members: [b] }]);
    await bench.worker.tenant(scope, (sql) => forgetCollection(sql, scope, a));
    expect([await bench.count('family_members', scope), await bench.count('learnt_fields', scope), await bench.count('learnt_values', scope)]).toEqual([
      1, 1, 0,
    ]);
  });
});

describe('at the same moment', () => {
  it('L2: what is being written while a family is made is known to it', async () => {
    const collection = await newCollection();
    const upload = await Held.begin(bench.app, scope, (sql) => write(sql, collection, [{ model: 'under way' }]));
    const learning = learn([collection]);
    await waiting(1);
    await upload.commit();
    expect(await knownOf(await learning, collection)).toEqual(['["under way"]']);
  });

  it('L2: who writes while a family is made waits for it, and adds to what it has learnt', async () => {
    const collection = await newCollection();
    const [id] = await add(collection, { model: 'before' });
    const name = randomUUID();
    const making = await Held.begin(bench.app, scope, (sql) =>
      createFamily(sql, access, { name, collections: [collection], route: { kind: 'learnt', keys: ['model'] } }),
    );
    const upload = add(collection, { model: 'new' });
    const change = bench.app.tenant(scope, (sql) => patchDocument(sql, scope, id as string, { metadata: { model: 'changed' } }, false));
    await waiting(2);
    await making.commit();
    await Promise.all([upload, change]);
    expect(await knownOf(name, collection)).toEqual(['["before"]', '["changed"]', '["new"]']);
  });

  it('L2: a family of what is written to for too long is not made, and says so', async () => {
    const collection = await newCollection();
    const upload = await Held.begin(bench.app, scope, (sql) => write(sql, collection, [{ model: 'under way' }]));
    await expect(learn([collection])).rejects.toMatchObject({ code: 'unavailable', status: 503, message: expect.stringContaining('being written') });
    await upload.commit();
    expect(await bench.count('families', scope)).toBe(0);
  });

  it('L2: what is being written while it is looked what is gone is not dropped', async () => {
    const collection = await newCollection();
    const [id] = await add(collection, { model: 'old' });
    const name = await learn([collection]);
    await bench.database.sql(`UPDATE documents SET deleted_at = now(), metadata = '{}' WHERE id = $1`, [id]);
    const upload = await Held.begin(bench.app, scope, (sql) => write(sql, collection, [{ model: 'under way' }]));
    expect(await lookedAt()).toEqual(['busy']);
    expect(await knownOf(name, collection)).toEqual(['["old"]']);
    const looking = lookedAt();
    await waiting(1);
    await upload.commit();
    expect(await looking).toEqual(['learnt']);
    expect(await knownOf(name, collection)).toEqual(['["under way"]']);
  });

  it('L2: uploads, changes, families and looks at once lose no value and block nobody', async () => {
    const collections = await Promise.all(Array.from({ length: 4 }, newCollection));
    const names: string[] = [];
    const upload = async (worker: number) => {
      for (let n = 0; n < 25; n++) {
        const collection = collections[(worker + n) % 4] as string;
        await bench.app.tenant(scope, async (sql) => {
          const [id] = await write(sql, collection, [{ model: `${worker % 3}/${n}` }, { model: 'shared' }]);
          if (n % 2 === 0) await patchDocument(sql, scope, id as string, { metadata: { model: `${worker % 3}/${n} changed` } }, false);
        });
      }
    };
    const found = async () => {
      for (let n = 0; n < 8; n++) names.push(await learn(n % 2 === 0 ? collections : collections.toReversed()));
    };
    const look = async () => {
      for (let n = 0; n < 8; n++) await routes.lookAtNext(0);
    };
    await Promise.all([...Array.from({ length: 5 }, (_, worker) => upload(worker)), found(), look()]);
    for (const name of names) {
      for (const collection of collections) {
        const rows = await bench.database.sql<{ model: string }>(`SELECT DISTINCT metadata->>'model' AS model FROM documents WHERE collection_id = $1`, [
          collection,
        ]);
        expect(await knownOf(name, collection)).toEqual(expect.arrayContaining(rows.map(({ model }) => JSON.stringify([model]))));
      }
    }
  });
});
