import 'reflect-metadata';
import { HttpCode, RequestMapping, RequestMethod } from '@nestjs/common';
import type { ErrorCode } from '../../errors/catalogue.js';
import type { DtoClass, JsonSchema } from '../validation/json-schema.js';
import type { Permission } from './permission.js';
import type { RateClass } from './rate-class.js';

const ENDPOINT = Symbol('endpoint');

/** What a success looks like: a class, a schema, or a sentence when there is no body. */
export type AnswerBody = DtoClass | JsonSchema | string;

/** Comma-separated values, or a line of JSON for each row: forms of an answer, and their media types. */
export const ROWS_FORMS = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
export type RowsForm = keyof typeof ROWS_FORMS;

export interface EndpointOptions {
  /** One sentence for the API's description. */
  summary: string;
  description?: string;
  permission: Permission;
  /** Which rate limits it counts for; reads or writes by its method when left out. A public endpoint counts for none unless it says so, and then by address. */
  rate?: RateClass;
  /** By status; the first one is what the handler's return value is sent with. */
  answers: Record<number, AnswerBody>;
  /** Errors beyond those every endpoint can answer (401, 403, 422, 500, 503 as they apply). */
  errors?: readonly ErrorCode[];
  /** Seed routes ignore unknown fields of a body, our own refuse them with 400. */
  unknownFields?: 'ignore' | 'refuse';
  /** The answer is a stream of events, or the connection becomes a WebSocket. */
  stream?: 'sse' | 'ws';
  /** Request headers worth describing, by name. */
  headers?: Record<string, string>;
  /** In which forms the rows of the answer come besides, where the caller accepts one. */
  forms?: readonly RowsForm[];
  /** Headers of the answer worth describing, by name. */
  answerHeaders?: Record<string, string>;
  /** Groups operations in the description; the controller's name when absent. */
  tag?: string;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof METHODS)[number];

export interface EndpointMetadata extends EndpointOptions {
  method: HttpMethod;
  /** With `{name}` for parameters, as OpenAPI writes them. */
  paths: readonly string[];
}

type RouteText = `${HttpMethod} /${string}`;

function parseRoutes(routes: readonly RouteText[]): { method: HttpMethod; paths: string[] } {
  const parsed = routes.map((route) => /^([A-Z]+) (\/\S*)$/.exec(route));
  const methods = new Set(parsed.map((match) => match?.[1]));
  const [method] = methods;
  if (methods.size !== 1 || !METHODS.includes(method as HttpMethod))
    throw new Error(`Endpoint: ${routes.join(', ')} must be of the form "GET /things/{id}", all with one method`);
  return { method: method as HttpMethod, paths: parsed.map((match) => match?.[2] ?? '/') };
}

const toRouterPath = (path: string) => path.replace(/\{(\w+)\}/g, ':$1');

/** Registers the handler for `METHOD /path/{param}` (or several paths) and says all there is to know about it: permission, answers, errors. */
export function Endpoint(route: RouteText | readonly RouteText[], options: EndpointOptions): MethodDecorator {
  const { method, paths } = parseRoutes([route].flat() as RouteText[]);
  const success = Number(Object.keys(options.answers)[0] ?? 200);
  const decorators = [RequestMapping({ method: RequestMethod[method], path: paths.map(toRouterPath) }), HttpCode(success)];
  return (target, property, descriptor) => {
    for (const decorate of decorators) decorate(target, property, descriptor);
    const metadata: EndpointMetadata = { ...options, method, paths };
    Reflect.defineMetadata(ENDPOINT, metadata, descriptor.value as object);
  };
}

/** What `Endpoint` said about a handler; undefined when it carries none. */
export function endpointOf(handler: object): EndpointMetadata | undefined {
  return Reflect.getMetadata(ENDPOINT, handler);
}
