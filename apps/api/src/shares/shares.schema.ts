import { SHARE_ROLES } from '@cairn/common';

// What the routes of shares answer, for the API's description.

const SHARE = {
  user_id: { type: 'integer' },
  user: { type: 'string', description: 'The subject of the tokens of the user.' },
  role: { enum: [...SHARE_ROLES] },
  created_at: { type: 'string', format: 'date-time' },
};

export const SHARE_ANSWER = { type: 'object', properties: SHARE, required: Object.keys(SHARE) };

export const SHARES_ANSWER = { type: 'object', properties: { shares: { type: 'array', items: SHARE_ANSWER } }, required: ['shares'] };
