import { TestSystem } from '../../system/test-system.js';
import { AS_IN_PRODUCTION } from '../core/as-in-production.js';
import type { Bench, Part } from '../core/bench.js';
import { makeCollections } from './collections.js';
import { measureParsing } from './parsing.js';
import { measureRankings } from './rankings.js';
import { measureRows } from './rows.js';
import { LIMIT, PER_SECOND, type Setting, type Size } from './setting.js';

const FULL: Size = { rounds: 5, statements: 60, members: 37, many: 200, documents: 40, rows: 1_000_000 };
const QUICK: Size = { rounds: 3, statements: 10, members: 8, many: 10, documents: 15, rows: 50_000 };

const PARTS: Record<string, (setting: Setting) => Promise<Part>> = { parsing: measureParsing, rankings: measureRankings, rows: measureRows };

export const SQL_STATEMENTS: Bench = {
  name: 'sql',
  title: 'SQL: statements over many collections',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const system = await TestSystem.start({ stack: context.stack, env: AS_IN_PRODUCTION });
    const client = system.client();
    await makeCollections(context, client, size);
    const found: Record<string, Part> = {};
    for (const [name, measure] of Object.entries(PARTS)) {
      context.log(`- ${name}`);
      found[name] = await measure({ context, system, size, client });
    }
    await system.stop();
    const parts = Object.values(found);
    return {
      scenario: `A family of ${size.members} collections with ${size.documents} documents each, one collection with all of them, and a family of ${size.many}; ${LIMIT} rows. New questions in random order, ${PER_SECOND} per second over HTTP, ${size.statements} for each in each of ${size.rounds} rounds. Then a collection of ${size.rows} rows.`,
      tables: parts.flatMap(({ tables }) => tables),
      goals: parts.flatMap(({ goals }) => goals),
      notes: parts.flatMap(({ notes }) => notes),
      raw: Object.fromEntries(Object.entries(found).map(([name, { raw }]) => [name, raw])),
    };
  },
};
