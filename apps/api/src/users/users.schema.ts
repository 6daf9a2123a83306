import { ROLE_OR_NULL } from '../accounts/accounts.schema.js';

// What the routes of users answer, for the API's description.

const TEXT_OR_NULL = { type: ['string', 'null'] };

const USER = {
  id: { type: 'integer' },
  user: { type: 'string', description: 'The subject of the tokens of the user.' },
  email: TEXT_OR_NULL,
  username: TEXT_OR_NULL,
  full_name: TEXT_OR_NULL,
  role: ROLE_OR_NULL,
  status: { enum: ['active', 'invited'] },
  created_at: { type: 'string', format: 'date-time' },
};
export const USER_ANSWER = { type: 'object', properties: USER, required: Object.keys(USER) };

export const USERS_ANSWER = {
  type: 'object',
  properties: { users: { type: 'array', items: USER_ANSWER }, next_cursor: TEXT_OR_NULL },
  required: ['users', 'next_cursor'],
};

const INVITATION = { invitation_token: { type: 'string', description: 'Shown once.' }, invitation_expires_at: { type: 'string', format: 'date-time' } };
export const ADDED_ANSWER = { type: 'object', properties: { ...USER, ...INVITATION }, required: Object.keys(USER) };
