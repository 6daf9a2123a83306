// What the routes of templates answer, for the API's description.

const TEXT = { type: 'string' };

const TEMPLATE = {
  name: TEXT,
  description: TEXT,
  built_in: { type: 'boolean' },
  settings: { type: 'object', description: 'As they are sent to make a collection.' },
  created_at: { type: ['string', 'null'], format: 'date-time', description: 'null for those that are built in.' },
};

export const TEMPLATE_ANSWER = { type: 'object', properties: TEMPLATE, required: Object.keys(TEMPLATE) };

export const TEMPLATES_ANSWER = { type: 'object', properties: { templates: { type: 'array', items: TEMPLATE_ANSWER } }, required: ['templates'] };
