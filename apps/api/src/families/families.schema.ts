// What the routes of families answer, for the API's description.

const TEXT = { type: 'string' };
const ID = { type: 'string', format: 'uuid' };
const TIME = { type: 'string', format: 'date-time' };

const MEMBER = { type: 'object', properties: { id: ID, name: TEXT }, required: ['id', 'name'] };

const VALUE = {
  type: 'object',
  properties: { value: { type: ['string', 'number', 'boolean'] }, collections: { type: 'array', items: TEXT } },
  required: ['value', 'collections'],
};

const ROUTE = {
  type: ['object', 'null'],
  properties: {
    field: { type: 'array', items: TEXT, description: 'Keys of metadata, from the outside in.' },
    learnt: { type: 'boolean', description: 'Whether the system keeps itself which values are where.' },
    values: { type: ['array', 'null'], items: VALUE, description: 'Null where they are learnt.' },
    complete: { type: ['boolean', 'null'], description: 'Whether these are all values that there are. Null where they are learnt.' },
  },
  required: ['field', 'learnt', 'values', 'complete'],
};

const FAMILY = { id: ID, name: TEXT, collections: { type: 'array', items: MEMBER }, route: ROUTE, created_at: TIME, updated_at: TIME };

export const FAMILY_ANSWER = { type: 'object', properties: FAMILY, required: Object.keys(FAMILY) };

export const FAMILIES_ANSWER = { type: 'object', properties: { families: { type: 'array', items: FAMILY_ANSWER } }, required: ['families'] };
