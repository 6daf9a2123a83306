import { ORG_ROLES, SCOPES } from '@cairn/common';

// What the routes of accounts answer, for the API's description.

const TEXT = { type: 'string' };
const TEXT_OR_NULL = { type: ['string', 'null'] };

export const ROLE_OR_NULL = { enum: [...ORG_ROLES, null], description: 'Null where nobody said: then nothing is taken away.' };

const TOKENS = {
  access_token: { ...TEXT, description: 'For `Authorization: Bearer …`.' },
  refresh_token: { ...TEXT, description: 'For the next access token; good once.' },
  token_type: { const: 'bearer' },
  expires_in: { type: 'integer', description: 'Seconds for which the access token is good.' },
};
export const TOKENS_ANSWER = { type: 'object', properties: TOKENS, required: Object.keys(TOKENS) };

const WHO = { id: { type: 'integer' }, email: TEXT, organisation_id: { type: 'string', format: 'uuid' }, role: { enum: [...ORG_ROLES] } };
export const REGISTERED_ANSWER = { type: 'object', properties: { ...WHO, ...TOKENS }, required: [...Object.keys(WHO), ...Object.keys(TOKENS)] };

const ME = {
  id: { type: ['integer', 'null'], description: 'Number of the user, or of who made the key; null for a key of the organisation itself.' },
  credential: { enum: ['user', 'key'] },
  organisation_id: { type: 'string', format: 'uuid' },
  organisation: TEXT_OR_NULL,
  subject: TEXT_OR_NULL,
  email: TEXT_OR_NULL,
  username: TEXT_OR_NULL,
  full_name: TEXT_OR_NULL,
  role: ROLE_OR_NULL,
  scopes: { type: 'array', items: { enum: [...SCOPES] } },
  created_at: TEXT_OR_NULL,
};
export const ME_ANSWER = { type: 'object', properties: ME, required: Object.keys(ME) };
