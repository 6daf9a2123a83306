import { devToken } from '../../system/api-client.js';
import type { Part } from '../core/bench.js';
import { judge, type Limit, type Series } from '../core/goals.js';
import { MadeTexts } from '../corpus/made-texts.js';
import { latencyTable, paced, type Searcher, seriesAt } from '../search/paced.js';
import { ServiceClient } from '../search/searchers.js';
import { LIMIT, PER_SECOND, type Setting } from './setting.js';

const JSON_SEARCH = 'the same search in JSON';
const WHOLE = 'one collection with everything in it';

const STATEMENTS = {
  [WHOLE]: `SELECT * FROM whole USING EMBEDDING (TEXT $1) TOPK ${LIMIT}`,
  'all members of a family': `SELECT * FROM members USING EMBEDDING (TEXT $1) TOPK ${LIMIT}`,
  'the one member that can hold the answer': `SELECT * FROM members WHERE metadata.part = 'member_003' USING EMBEDDING (TEXT $1) TOPK ${LIMIT}`,
  'five of a large family': `SELECT * FROM many WHERE metadata.part IN ('many_001', 'many_002', 'many_003', 'many_004', 'many_005') USING EMBEDDING (TEXT $1) TOPK ${LIMIT}`,
} as const;

const GOALS: [keyof typeof STATEMENTS, string, Limit][] = [
  [WHOLE, JSON_SEARCH, { atMost: 1.05 }],
  ['all members of a family', WHOLE, { atMost: 2 }],
];

/** A statement against the same search in JSON, and several collections against one. */
export async function measureRankings({ context, system, size, client }: Setting): Promise<Part> {
  const service = new ServiceClient(system.service('search').url);
  const headers = { authorization: `Bearer ${devToken(client.person)}` };
  const { id: whole } = await client.ok<{ id: string }>('GET', '/api/v2/collections/whole');
  const inJson: Searcher<object> = {
    name: JSON_SEARCH,
    ask: async (_, query) =>
      (await service.post<{ results: object[] }>('/api/v2/search', { query, collection_uuids: [whole], k: LIMIT, search_mode: 'dense' }, headers)).results
        .length,
  };
  const statements = Object.entries(STATEMENTS).map(
    ([name, query]): Searcher<object> => ({
      name,
      ask: async (_, text) => (await service.post<{ rows: object[] }>('/api/v2/sql', { query, params: [text] }, headers)).rows.length,
    }),
  );
  const texts = new MadeTexts(73);
  const pace = { tenants: [{}], question: () => texts.question(), limit: LIMIT, queries: size.statements, perSecond: PER_SECOND };
  const latencies = await paced(context.log, [inJson, ...statements], size.rounds, pace);
  await service.close();
  const p50s = seriesAt(latencies, 50);
  const seriesOf = (name: string) => p50s.find((one) => one.name === name) as Series;
  return {
    tables: [latencyTable('Statements that rank', latencies, { name: JSON_SEARCH, as: 'against JSON', isSubject: false })],
    goals: GOALS.map(([subject, baseline, limit]) =>
      judge({ goal: 'L5', what: `p50 of a statement over ${subject}`, subject: seriesOf(subject), baseline: seriesOf(baseline), limit }),
    ),
    notes: [],
    raw: Object.fromEntries(latencies),
  };
}
