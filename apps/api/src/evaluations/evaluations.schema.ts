// What the routes of judgment sets and evaluations answer, for the API's description.

import { EVALUATION_ANSWER } from '@cairn/common';

const TEXT = { type: 'string' };
const COUNT = { type: 'integer' };

const JUDGMENT_SET = { id: TEXT, name: TEXT, queries: COUNT, judgments: COUNT, created_at: { type: 'string', format: 'date-time' } };

export const JUDGMENT_SET_ANSWER = { type: 'object', properties: JUDGMENT_SET, required: Object.keys(JUDGMENT_SET) };

export const JUDGMENT_SETS_ANSWER = {
  type: 'object',
  properties: { judgment_sets: { type: 'array', items: JUDGMENT_SET_ANSWER } },
  required: ['judgment_sets'],
};

export const EVALUATIONS_ANSWER = { type: 'object', properties: { evaluations: { type: 'array', items: EVALUATION_ANSWER } }, required: ['evaluations'] };
