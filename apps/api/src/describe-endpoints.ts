import { describeApi, type JsonSchema } from '@cairn/common';
import { CONTROLLERS } from './api.module.js';
import { API_INFO } from './api-info.js';

/** The description of every route of the api, as /openapi.json serves it. */
export function describeEndpoints(): JsonSchema {
  return describeApi(CONTROLLERS, API_INFO);
}
