import { bindSql, Catalogue, parseSql, routeTargets, type Select } from '@cairn/retrieval/sql';
import type { Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { median } from '../core/statistics.js';
import type { Setting } from './setting.js';

const TIMES = 5_000;

const STATEMENTS = {
  'a filter, a ranking, a limit':
    "SELECT id, distance, document FROM family WHERE metadata.part IN ('a', 'b') AND metadata.year > 2020 USING EMBEDDING (TEXT 'financial tables') TOPK 10",
  'a count': 'SELECT metadata.city AS city, COUNT(*) AS n, SUM(metadata.amount) AS s FROM family GROUP BY metadata.city HAVING n >= 2 ORDER BY s DESC',
};

const LARGE = `SELECT id FROM family WHERE ${Array.from({ length: 1_000 }, (_, at) => `metadata.year = ${at}`).join(' OR ')}`;

/** Before anything is asked: reading, binding and routing over 37 collections. */
export async function measureParsing({ context, size }: Setting): Promise<Part> {
  const members = Array.from({ length: 37 }, (_, at) => ({ id: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`, name: `c${at}`, model: 'm' }));
  const values = new Map(members.map(({ id }, at) => [id, [[`v${at}`], ['a']]]));
  const catalogue = new Catalogue(members, [{ name: 'family', members, route: { keys: ['part'], values, isOpen: false } }]);
  const measured = Object.entries({ ...STATEMENTS, '1,000 conditions': LARGE }).map(([name, text]) => {
    const times = text === LARGE ? TIMES / 500 : TIMES;
    const rounds = Array.from({ length: size.rounds + 1 }, () => {
      const parse = microseconds(times, () => parseSql(text));
      const statement = parseSql(text) as Select;
      const plan = microseconds(times, () => {
        const query = bindSql(statement, { params: undefined, catalogue });
        routeTargets(query.targets, query.filter, { isStrict: false });
      });
      return { parse, plan };
    }).slice(1);
    return { name, parse: median(rounds.map(({ parse }) => parse)), plan: median(rounds.map(({ plan }) => plan)) };
  });
  for (const { name, parse, plan } of measured) context.log(`${name}: parsed in ${number(parse)} µs, bound and routed in ${number(plan)} µs`);
  return {
    tables: [
      {
        title: 'Before anything is asked',
        columns: ['statement', 'read, µs', 'bound and routed over 37 collections, µs'],
        rows: measured.map(({ name, parse, plan }) => [name, number(parse), number(plan)]),
      },
    ],
    goals: [],
    notes: [],
    raw: measured,
  };
}

function microseconds(times: number, work: () => unknown): number {
  const startedAt = performance.now();
  for (let at = 0; at < times; at++) work();
  return ((performance.now() - startedAt) * 1_000) / times;
}
