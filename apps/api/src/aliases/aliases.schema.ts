// What the routes of aliases answer, for the API's description.

const TEXT = { type: 'string' };
const TIME = { type: 'string', format: 'date-time' };

const ALIAS = { alias: TEXT, collection_id: { type: 'string', format: 'uuid' }, collection_name: TEXT, created_at: TIME, moved_at: TIME };

export const ALIAS_ANSWER = { type: 'object', properties: ALIAS, required: Object.keys(ALIAS) };

export const ALIASES_ANSWER = { type: 'object', properties: { aliases: { type: 'array', items: ALIAS_ANSWER } }, required: ['aliases'] };
