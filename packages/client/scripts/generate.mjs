// Writes src/routes.ts, the types of every route, from docs/openapi.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);
const TARGET = new URL('../src/routes.ts', import.meta.url);
const HEAD = '// Generated from docs/openapi.json by `npm run generate`. Do not edit.\n\n';
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  return plainTypeOf(schema);
}

function plainTypeOf(schema) {
  if (schema.type === 'string' || schema.type === 'boolean' || schema.type === 'null') return schema.type;
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  if (schema.type === 'array') return `(${schema.items ? typeOf(schema.items) : 'unknown'})[]`;
  if (schema.type === 'object') return objectTypeOf(schema);
  return 'unknown';
}

function objectTypeOf(schema, empty = `Record<string, ${schema.additionalProperties?.type ? typeOf(schema.additionalProperties) : 'unknown'}>`) {
  const members = Object.entries(schema.properties ?? {}).map(([name, inner]) => memberOf(name, inner, schema.required?.includes(name)));
  return members.length === 0 ? empty : `{ ${members.join(' ')} }`;
}

function memberOf(name, schema, required) {
  const doc = schema.description ? `/** ${schema.description} */ ` : '';
  return `${doc}${/^\w+$/.test(name) ? name : JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)};`;
}

function answerOf(operation) {
  const [, success] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
  const json = success?.content?.['application/json'];
  return json ? typeOf(json.schema) : 'undefined';
}

function routeOf(method, path, operation) {
  const parameters = (place) => (operation.parameters ?? []).filter((parameter) => parameter.in === place);
  const members = (place) =>
    parameters(place)
      .map(({ name, schema, required }) => memberOf(name, schema, required))
      .join(' ');
  const body = operation.requestBody?.content['application/json'];
  const parts = [
    `path: { ${members('path')} };`,
    `query: { ${members('query')} };`,
    `body: ${body ? typeOf(body.schema) : 'undefined'};`,
    `answer: ${answerOf(operation)};`,
  ];
  return `  /** ${operation.summary} */\n  '${method.toUpperCase()} ${path}': { ${parts.join(' ')} };`;
}

/** The text of routes.ts for an OpenAPI document. */
export function renderRoutes(api) {
  const schemas = Object.entries(api.components.schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema)};\n`);
  const routes = Object.entries(api.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method]).map((method) => routeOf(method, path, methods[method])),
  );
  return `${HEAD}${schemas.join('\n')}\n/** Every route: what it takes and what it answers. */\nexport interface Routes {\n${routes.join('\n')}\n}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(TARGET, renderRoutes(JSON.parse(readFileSync(DOCUMENT, 'utf8'))));
  console.log('wrote packages/client/src/routes.ts');
}
