import { ERRORS, type ErrorCode } from '../../errors/catalogue.js';
import type { DtoClass, JsonSchema } from '../validation/json-schema.js';
import type { CollectedEndpoint } from './collect-endpoints.js';
import { mayLackBody } from './dto-check.js';
import { type AnswerBody, ROWS_FORMS, type RowsForm } from './endpoint.decorator.js';
import type { BodySource, ParameterSource, PathSource } from './parameter-sources.js';
import { ROLE_FOR } from './permission.js';
import { PROBLEM_SCHEMA } from './problem-schema.js';
import { rateClassOf } from './rate-class.js';
import { SchemaComponents } from './schema-components.js';

export interface ApiInfo {
  title: string;
  version: string;
  description?: string;
}

const SUCCESS_WORDS: Record<number, string> = { 101: 'Switching to WebSocket', 200: 'Done', 201: 'Created', 202: 'Accepted', 204: 'Done, nothing to say' };

function pathParameter(source: PathSource): JsonSchema {
  const schema = source.form === 'id' ? { type: 'string', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' } : { type: 'string' };
  return { name: source.name, in: 'path', required: true, description: source.description, schema };
}

function queryParameters(type: DtoClass, components: SchemaComponents): JsonSchema[] {
  const schema = components.inline(type) as { properties: Record<string, JsonSchema>; required?: string[] };
  return Object.entries(schema.properties).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    ...(description ? { description } : {}),
    schema: rest,
  }));
}

function headerParameters(headers: Record<string, string> = {}): JsonSchema[] {
  return Object.entries(headers).map(([name, description]) => ({ name, in: 'header', required: false, description, schema: { type: 'string' } }));
}

function contentType(endpoint: CollectedEndpoint): string {
  return endpoint.stream === 'sse' ? 'text/event-stream' : 'application/json';
}

function answerObject(endpoint: CollectedEndpoint, status: number, answer: AnswerBody, components: SchemaComponents): JsonSchema {
  const description = SUCCESS_WORDS[status] ?? `Status ${status}`;
  if (typeof answer === 'string') return { description: answer };
  const schema = typeof answer === 'function' ? components.refer(answer) : answer;
  return { description, ...answerHeaders(endpoint), content: { [contentType(endpoint)]: { schema }, ...formsOf(endpoint) } };
}

const FORMS: Record<RowsForm, string> = {
  csv: 'A line for the names, and one for each row.',
  ndjson: 'A line of JSON for each row, of type `row`, between one of type `head` and one of type `end` or `error`.',
};

function formsOf({ forms = [] }: CollectedEndpoint): JsonSchema {
  return Object.fromEntries(forms.map((form) => [ROWS_FORMS[form], { schema: { type: 'string', description: FORMS[form] } }]));
}

function answerHeaders({ answerHeaders: headers = {} }: CollectedEndpoint): JsonSchema {
  const described = Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]);
  return described.length === 0 ? {} : { headers: Object.fromEntries(described) };
}

const FORM_BODY: JsonSchema = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      properties: {
        file: { type: 'array', items: { type: 'string', format: 'binary' }, description: 'The files, each as a part of its own with a file name.' },
        metadata: { type: 'string', contentMediaType: 'application/json', description: 'What is to be known of the files, as JSON text.' },
      },
      required: ['file'],
    },
  },
};

function isBody(source: ParameterSource): source is BodySource {
  return source.kind === 'body' || source.kind === 'upload';
}

/** Errors an endpoint can answer: what it declares and what the shell may say for it. */
function errorCodesOf(endpoint: CollectedEndpoint): ErrorCode[] {
  const codes = new Set<ErrorCode>(endpoint.errors ?? []);
  if (endpoint.rate) codes.add('rate_limited');
  if (endpoint.permission !== 'public') for (const code of ['unauthenticated', 'forbidden', 'rate_limited'] as const) codes.add(code);
  if (endpoint.sources.some(isBody)) for (const code of ['malformed_json', 'too_large', 'unsupported_media_type', 'invalid_input'] as const) codes.add(code);
  if (endpoint.sources.some((source) => source.kind === 'upload')) codes.add('malformed_form').add('request_timeout');
  if (endpoint.sources.some((source) => source.kind === 'query' || (source.kind === 'path' && source.form === 'text'))) codes.add('invalid_input');
  if (endpoint.sources.some((source) => source.kind === 'path' && source.form === 'id')) codes.add('not_found');
  if (endpoint.unknownFields === 'refuse') codes.add('unknown_fields');
  if (endpoint.stream === 'ws') codes.add('upgrade_required');
  codes.add('internal').add('unavailable');
  return [...codes];
}

/** What every answer of a limited endpoint says, and a refusal besides. */
const RATE_HEADERS: JsonSchema = {
  'RateLimit-Limit': { description: 'Requests a minute of the tightest limit that the request counts for.', schema: { type: 'integer' } },
  'RateLimit-Remaining': { description: 'How many more would be let through now.', schema: { type: 'integer' } },
  'RateLimit-Reset': { description: 'Seconds until the whole limit is there again.', schema: { type: 'integer' } },
  'Retry-After': { description: 'Seconds until the next request is let through.', schema: { type: 'integer' } },
};

function problemResponses(endpoint: CollectedEndpoint): Record<string, JsonSchema> {
  const groups = new Map<number, ErrorCode[]>();
  for (const code of errorCodesOf(endpoint)) groups.set(ERRORS[code].status, [...(groups.get(ERRORS[code].status) ?? []), code]);
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    [...groups].map(([status, codes]) => {
      const description = codes.map((code) => `${code}: ${ERRORS[code].title}`).join('; ');
      return [String(status), { description, ...(status === 429 ? { headers: RATE_HEADERS } : {}), content }];
    }),
  );
}

function requestBody(endpoint: CollectedEndpoint, components: SchemaComponents): JsonSchema {
  const source = endpoint.sources.find(isBody);
  if (!source) return {};
  const schema = endpoint.unknownFields === 'refuse' ? components.referClosed(source.type) : components.refer(source.type);
  const json = { 'application/json': { schema } };
  return { requestBody: { required: !mayLackBody(endpoint.method, source.type), content: source.kind === 'upload' ? { ...json, ...FORM_BODY } : json } };
}

function parametersOf(endpoint: CollectedEndpoint, components: SchemaComponents): JsonSchema[] {
  const fromSources = endpoint.sources.flatMap((source) => {
    if (source.kind === 'path') return [pathParameter(source)];
    return source.kind === 'query' ? queryParameters(source.type, components) : [];
  });
  return [...fromSources, ...headerParameters(endpoint.headers)];
}

function operationOf(endpoint: CollectedEndpoint, operationId: string, components: SchemaComponents): JsonSchema {
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => [status, answerObject(endpoint, Number(status), answer, components)]);
  const parameters = parametersOf(endpoint, components);
  return {
    operationId,
    summary: endpoint.summary,
    ...(endpoint.description ? { description: endpoint.description } : {}),
    tags: [endpoint.tag ?? endpoint.controller.replace(/Controller$/, '')],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBody(endpoint, components),
    responses: { ...problemResponses(endpoint), ...Object.fromEntries(answers) },
    security: endpoint.permission === 'public' ? [] : [{ bearer: [] }],
    ...(endpoint.permission === 'public' ? {} : { 'x-required-scope': endpoint.permission.scope, 'x-required-role': ROLE_FOR[endpoint.permission.scope] }),
    ...(endpoint.permission === 'public' && !endpoint.rate ? {} : { 'x-rate-class': rateClassOf(endpoint) }),
  };
}

function pathsOf(endpoints: readonly CollectedEndpoint[], components: SchemaComponents): Record<string, Record<string, JsonSchema>> {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const endpoint of endpoints)
    for (const [index, path] of endpoint.paths.entries()) {
      const id = `${endpoint.controller.replace(/Controller$/, '')}_${endpoint.handler}${index > 0 ? `_${index + 1}` : ''}`;
      paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint, id, components) };
    }
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The OpenAPI 3.1 description of some endpoints: paths, schemas from the DTO classes, problems, permissions. */
export function buildOpenApi(endpoints: readonly CollectedEndpoint[], info: ApiInfo): JsonSchema {
  const components = new SchemaComponents();
  components.add('Problem', PROBLEM_SCHEMA);
  const paths = pathsOf(endpoints, components);
  return {
    openapi: '3.1.0',
    info: { ...info, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components.sorted(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A JWT of the identity provider, or an API key (cairn_…).' } },
    },
  };
}
