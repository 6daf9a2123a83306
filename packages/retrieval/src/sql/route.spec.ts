import { describe, expect, it } from '@jest/globals';
import type { Select } from './ast.js';
import { bindSql } from './bind.js';
import { Catalogue, type KnownCollection, type Route, type RouteValues } from './catalogue.js';
import { SqlError } from './errors.js';
import { matchesRow } from './evaluate.js';
import { parseSql } from './parser.js';
import { routeTargets } from './route.js';

const collection = (name: string): KnownCollection => ({ id: `id of ${name}`, name, model: 'mini' });
const [fin, mix, mail, view] = ['c_fin', 'c_mix', 'c_mail', 'c_view'].map(collection) as [KnownCollection, KnownCollection, KnownCollection, KnownCollection];

function routeOf(values: Record<string, RouteValues[]>, { keys = ['model'], isOpen = false } = {}): Route {
  return { keys, isOpen, values: new Map(Object.entries(values).map(([name, of]) => [`id of ${name}`, of])) };
}

const complete = routeOf({ c_fin: [['Invoice']], c_mix: [['Invoice'], ['Contract']], c_mail: [['Email']], c_view: [['View']] });
const family = (name: string, route: Route | undefined, members = [fin, mix, mail, view]) => ({ name, members, route });
const families = [
  family('kb', complete),
  family('open', routeOf({ c_fin: [['A']], c_mix: [['B']] }, { isOpen: true }), [fin, mix, mail]),
  family('learnt', routeOf({ c_fin: [['nut']], c_mix: [['nut', 'oil'], []], c_mail: [[5]] }), [fin, mix, mail]),
  family('typed', routeOf({ c_fin: [[5]], c_mix: [['5']] }), [fin, mix]),
  family('nested', routeOf({ c_fin: [['EU']], c_mix: [['US']] }, { keys: ['org', 'region'] }), [fin, mix]),
  family('plain', undefined, [fin, mix]),
];
const catalogue = new Catalogue([fin, mix, mail, view], families);

function route(from: string, where: string, isStrict = false) {
  const query = `SELECT id FROM ${from}${where && ` WHERE ${where}`}`;
  const { targets, filter } = bindSql(parseSql(query) as Select, { params: undefined, catalogue });
  const routed = routeTargets(targets, filter, { isStrict });
  return { ...routed, names: routed.targets.map(({ name }) => name) };
}

describe('A complete map', () => {
  it.each<[string, string[]]>([
    ['', ['c_fin', 'c_mail', 'c_mix', 'c_view']],
    ["metadata.model = 'Invoice'", ['c_fin', 'c_mix']],
    ["metadata.model = 'Email' OR metadata.model = 'Contract'", ['c_mail', 'c_mix']],
    ["metadata.model = 'Email' OR metadata.year = 2020", ['c_fin', 'c_mail', 'c_mix', 'c_view']],
    ["metadata.model = 'Email' AND (metadata.year = 2023 OR metadata.model = 'View')", ['c_mail']],
    ["metadata.model IN ('Invoice', 'Contract') AND metadata.model IN ('Contract', 'Email')", ['c_mix']],
    ["metadata.model = 'Email' AND NOT (metadata.model IN ('Email'))", []],
    ["metadata.model = 'Email' OR metadata.model != 'Email'", ['c_fin', 'c_mail', 'c_mix', 'c_view']],
    ["metadata.model != 'Email'", ['c_fin', 'c_mix', 'c_view']],
    ["metadata.model LIKE 'Inv%'", ['c_fin', 'c_mix']],
    ["metadata.model IN ('Email', 5)", ['c_mail']],
    ['metadata.model IS NULL', []],
    ["collection = 'c_mix'", ['c_mix']],
    ["collection != 'c_mix' AND metadata.model = 'Invoice'", ['c_fin']],
    ["collection = 'c_fin' AND metadata.model = 'Email'", []],
    ["collection = 'c_fin' OR metadata.model = 'Email'", ['c_fin', 'c_mail']],
  ])('L3: WHERE %s asks %j', (where, names) => {
    expect(route('kb', where).names).toEqual(names);
  });

  it('L3: tells what it kept and why it left the others out', () => {
    const routed = route('kb', "metadata.model = 'Invoice'");
    expect(routed.route).toEqual([{ family: 'kb', field: 'metadata.model', values: [['Invoice']], decision: 'some' }]);
    expect(routed.pruned.map(({ collection: { name }, why }) => [name, why])).toEqual([
      ['c_mail', expect.stringContaining('metadata.model')],
      ['c_view', expect.stringContaining('metadata.model')],
    ]);
    expect(route('kb', 'metadata.year = 1').route).toEqual([{ family: 'kb', field: 'metadata.model', values: null, decision: 'all' }]);
    expect(route('kb', "collection = 'c_mail'").pruned[0]?.why).toContain('collection');
  });

  it('L3: points out a value that nobody has', () => {
    expect(route('kb', "metadata.model = 'invoice'")).toMatchObject({ names: [], warnings: [{ code: 'W_ROUTE_VALUE', suggestion: 'Invoice' }] });
    expect(route('kb', "metadata.model = 'Invoice'").warnings).toEqual([]);
  });
});

describe('Other routes', () => {
  it.each<[string, string, string[]]>([
    ['open', "metadata.model = 'A'", ['c_fin']],
    ['open', "metadata.model = 'C'", ['c_fin', 'c_mail', 'c_mix']],
    ['open', "metadata.model IN ('A', 'C')", ['c_fin', 'c_mail', 'c_mix']],
    ['open', "metadata.model != 'A'", ['c_fin', 'c_mail', 'c_mix']],
    ['open', 'metadata.model IS NULL', ['c_fin', 'c_mail', 'c_mix']],
    ['open', "metadata.model LIKE 'A%'", ['c_fin', 'c_mail', 'c_mix']],
    ['learnt', "metadata.model = 'nut'", ['c_fin', 'c_mix']],
    ['learnt', "metadata.model = 'nut' AND metadata.model = 'oil'", ['c_mix']],
    ['learnt', "metadata.model = 'nut' AND metadata.model != 'oil'", ['c_fin']],
    ['learnt', 'metadata.model IS NULL', ['c_mix']],
    ['learnt', 'metadata.model > 3', ['c_mail']],
    ['typed', 'metadata.model = 5', ['c_fin']],
    ['typed', "metadata.model IN (5, '5')", ['c_fin', 'c_mix']],
    ['nested', "metadata.org.region = 'EU'", ['c_fin']],
    ['nested', "metadata.region = 'EU'", ['c_fin', 'c_mix']],
    ['nested', "metadata.org = 'EU'", ['c_fin', 'c_mix']],
    ['plain', "metadata.model = 'A'", ['c_fin', 'c_mix']],
    ['c_mail, kb', "metadata.model = 'Invoice'", ['c_fin', 'c_mail', 'c_mix']],
    ['kb, c_fin, kb', "metadata.model = 'Contract'", ['c_fin', 'c_mix']],
    ['ALL', "metadata.model = 'Contract'", ['c_fin', 'c_mail', 'c_mix', 'c_view']],
    ['ALL', "collection IN ('c_fin', 'c_view')", ['c_fin', 'c_view']],
  ])('L3: FROM %s WHERE %s asks %j', (from, where, names) => {
    expect(route(from, where).names).toEqual(names);
  });

  it('L4: strict routing refuses what narrows nothing, and names the field', () => {
    expect(() => route('open', 'metadata.x = 1', true)).toThrow(
      expect.objectContaining({ code: 'E_ROUTE', message: expect.stringContaining('metadata.model') }),
    );
    expect(() => route('kb', '', true)).toThrow(SqlError);
    expect(route('open', "metadata.model = 'B'", true).names).toEqual(['c_mix']);
    expect(route('kb', "metadata.model != 'Email'", true).names).toHaveLength(3);
    expect(route('plain', '', true).names).toHaveLength(2);
  });
});

describe('Routing', () => {
  /** The same everywhere, so that what fails can be found again. */
  function randomFrom(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  it('L3: loses no row, whatever the condition, the map and the rows are', () => {
    const random = randomFrom(7);
    const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;
    const literal = () => pick(["'a'", "'b'", "'c'", '1', '2', 'TRUE']);
    const predicate = (): string =>
      pick([
        () => `metadata.f = ${literal()}`,
        () => `metadata.f != ${literal()}`,
        () => `metadata.f IN (${literal()}, ${literal()})`,
        () => `metadata.f NOT IN (${literal()}, ${literal()})`,
        () => `metadata.f IS ${pick(['', 'NOT '])}NULL`,
        () => `metadata.f ${pick(['>', '<='])} ${random(3)}`,
        () => `metadata.f LIKE '${pick(['a%', '_', '%'])}'`,
        () => `collection ${pick(['=', '!='])} '${pick(['m0', 'm1', 'm2', 'm3'])}'`,
        () => `metadata.g = ${random(3)}`,
      ])();
    const condition = (depth: number): string => {
      if (depth === 0) return predicate();
      return pick([
        predicate,
        () => `NOT (${condition(depth - 1)})`,
        () => `(${condition(depth - 1)} AND ${condition(depth - 1)})`,
        () => `(${condition(depth - 1)} OR ${condition(depth - 1)})`,
      ])();
    };
    const members = ['m0', 'm1', 'm2', 'm3'].map(collection);
    let pruned = 0;
    for (let round = 0; round < 5_000; round++) {
      const rows = Array.from({ length: 12 }, () => ({ in: pick(members), f: pick<unknown>(['a', 'b', 1, 2, true, null, ['a', 1], undefined]), g: random(3) }));
      const values = new Map(members.map(({ id }) => [id, [] as RouteValues[]]));
      for (const row of rows) values.get(row.in.id)?.push((row.f === null || row.f === undefined ? [] : Array.isArray(row.f) ? row.f : [row.f]) as RouteValues);
      // Of an open map only scalars are told, and only where they are.
      const isOpen = random(2) === 1;
      const told = new Map([...values].map(([id, of]) => [id, isOpen ? of.filter((one) => one.length === 1) : of]));
      const rowsHere = isOpen ? rows.filter(({ f }) => !Array.isArray(f)) : rows;
      const known = new Catalogue(members, [{ name: 'fam', members, route: { keys: ['f'], isOpen, values: told } }]);
      const where = condition(3);
      const { targets, filter } = bindSql(parseSql(`SELECT id FROM fam WHERE ${where}`) as Select, { params: undefined, catalogue: known });
      const routed = new Set(routeTargets(targets, filter, { isStrict: false }).targets.map(({ name }) => name));
      pruned += members.length - routed.size;
      for (const row of rowsHere) {
        const matches = matchesRow(filter, { metadata: { f: row.f, g: row.g }, columns: { collection: row.in.name } });
        if (matches && !routed.has(row.in.name)) throw new Error(`Lost ${JSON.stringify(row)} of WHERE ${where}`);
      }
    }
    expect(pruned).toBeGreaterThan(2_000);
  });
});
