// What the routes of analytics answer, for the API's description.

const TEXT = { type: 'string' };
const COUNT = { type: 'integer' };
const NUMBER = { type: 'number' };
const TIME = { type: 'string', format: 'date-time' };
const NOT_COUNTED = { type: 'null', description: 'Not counted yet.' };

const objectOf = (properties: Record<string, object>) => ({ type: 'object', properties, required: Object.keys(properties) });
const listOf = (name: string, properties: Record<string, object>) => objectOf({ [name]: { type: 'array', items: objectOf(properties) } });
const percentilesOf = (type: string | string[]) => ({ p50: { type }, p95: { type }, p99: { type } });

export const SUMMARY_ANSWER = objectOf({
  searches: COUNT,
  chat_messages: NOT_COUNTED,
  sessions: NOT_COUNTED,
  unique_users: { ...COUNT, description: 'Users who searched. Keys of the organisation are nobody.' },
  zero_results: { ...COUNT, description: 'Searches that found nothing.' },
  zero_result_rate: { type: ['number', 'null'], description: 'Of 100 searches; null where nothing was searched.' },
  no_answers: NOT_COUNTED,
  no_answer_rate: NOT_COUNTED,
  documents: { ...COUNT, description: 'Documents that are there now, in collections that you may read.' },
  webpages: NOT_COUNTED,
  ratings: objectOf({ count: NOT_COUNTED, average: NOT_COUNTED }),
  latency_ms: { ...objectOf(percentilesOf(['number', 'null'])), description: 'Of searches, from the first to the last step; null where nothing was searched.' },
  tokens: NOT_COUNTED,
  gpu_seconds: NOT_COUNTED,
});

const QUERY = {
  query: { ...TEXT, description: 'As it was asked, without addresses of people, long numbers and secrets.' },
  count: COUNT,
  last_at: TIME,
  results: { ...COUNT, description: 'Hits of the last time.' },
  ms: { ...NUMBER, description: 'Of the slowest time.' },
};
const DAY = { date: { type: 'string', format: 'date' }, searches: COUNT, unique_users: COUNT, zero_results: COUNT };
const STAGE = { stage: TEXT, searches: COUNT, ...percentilesOf('number') };

export const QUERIES_ANSWER = listOf('queries', QUERY);
export const TRAFFIC_ANSWER = listOf('days', DAY);
export const LATENCY_ANSWER = listOf('stages', STAGE);

/** Lists that come as comma-separated values too. */
export const QUERIES_LIST = { list: 'queries', columns: Object.keys(QUERY) } as const;
export const TRAFFIC_LIST = { list: 'days', columns: Object.keys(DAY) } as const;
export const LATENCY_LIST = { list: 'stages', columns: Object.keys(STAGE) } as const;

export const SETTINGS_ANSWER = objectOf({ query_log: { type: 'boolean' } });
