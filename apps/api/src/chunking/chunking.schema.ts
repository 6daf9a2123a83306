// What the routes of chunking answer, for the API's description.

const TEXT = { type: 'string' };
const COUNT = { type: 'integer' };
const NUMBER = { type: 'number' };
const OBJECT = { type: 'object' };
const object = (properties: Record<string, object>) => ({ type: 'object', properties, required: Object.keys(properties) });

const CHUNK = {
  type: 'object',
  properties: {
    index: COUNT,
    text: TEXT,
    start: { ...COUNT, description: 'In UTF-16 code units of the text.' },
    end: COUNT,
    tokens: COUNT,
    page: COUNT,
    page_end: { ...COUNT, description: 'Of a chunk that goes on over several pages, the last.' },
    heading_path: { type: 'array', items: TEXT },
    parent: OBJECT,
  },
  required: ['index', 'text', 'start', 'end', 'tokens'],
};

const STATS = object({
  chunks: COUNT,
  tokens: object({ total: COUNT, min: COUNT, median: NUMBER, mean: NUMBER, max: COUNT }),
  histogram: { type: 'array', items: object({ above: COUNT, up_to: COUNT, chunks: COUNT }) },
  coverage: { ...NUMBER, description: 'The share of characters, white space aside, that are in a chunk.' },
  overlap_share: { ...NUMBER, description: 'The share of what is in chunks that is there a second time.' },
  borders: object({ paragraph: COUNT, line: COUNT, sentence: COUNT, word: COUNT, inside: COUNT }),
  boundary_quality: { ...NUMBER, description: 'How good the places are where chunks end, from 0 to 1.' },
});

const PREVIEW = { strategy: TEXT, config: OBJECT, chunk_count: COUNT, chunks: { type: 'array', items: CHUNK }, stats: STATS };
const RECOMMENDATION = { strategy: TEXT, config: OBJECT, reason: TEXT, traits: OBJECT };
const REVIEW = {
  cached: { type: 'boolean', description: 'It was made before, of the same content and settings.' },
  model: { ...TEXT, description: 'Whose tokens are counted.' },
  characters: { ...COUNT, description: 'Of the text, in UTF-16 code units.' },
};

export const CHUNK_PREVIEW_ANSWER = object({ ...REVIEW, ...PREVIEW });
export const COMPARISON_ANSWER = object({ ...REVIEW, comparisons: { type: 'array', items: object(PREVIEW) }, recommendation: object(RECOMMENDATION) });
export const RECOMMENDATION_ANSWER = object({ ...REVIEW, ...RECOMMENDATION });

export const PROFILE_ANSWER = object({
  id: { ...TEXT, format: 'uuid' },
  name: TEXT,
  description: TEXT,
  strategy: TEXT,
  config: OBJECT,
  created_at: { ...TEXT, format: 'date-time' },
});
export const PROFILES_ANSWER = object({ profiles: { type: 'array', items: PROFILE_ANSWER } });

const OPTION = object({ name: TEXT, description: TEXT, default: {} });
export const STRATEGIES_ANSWER = object({
  strategies: { type: 'array', items: object({ name: TEXT, summary: TEXT, options: { type: 'array', items: OPTION } }) },
});
