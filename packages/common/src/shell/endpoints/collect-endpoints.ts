import 'reflect-metadata';
import { type INestApplication, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { ERRORS } from '../../errors/catalogue.js';
import { type EndpointMetadata, endpointOf } from './endpoint.decorator.js';
import { type ParameterSource, sourcesOf } from './parameter-sources.js';
import { isPermission } from './permission.js';

export interface CollectedEndpoint extends EndpointMetadata {
  controller: string;
  handler: string;
  sources: readonly ParameterSource[];
}

const parametersOf = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string).sort();

/** What is wrong with the declaration of a handler, as a sentence; undefined when nothing is. */
function flawOf(endpoint: CollectedEndpoint): string | undefined {
  if (!isPermission(endpoint.permission)) return `has an unknown permission ${JSON.stringify(endpoint.permission)}`;
  if (Object.keys(endpoint.answers).length === 0) return 'names no answer';
  const unknown = endpoint.errors?.find((code) => !(code in ERRORS));
  if (unknown) return `names the error ${unknown}, which is not in the catalogue`;
  const declared = endpoint.sources.flatMap((source) => (source.kind === 'path' ? [source.name] : [])).sort();
  const wrong = endpoint.paths.find((path) => parametersOf(path).join() !== declared.join());
  return wrong ? `reads the path parameters (${declared}) and its path is ${wrong}` : undefined;
}

function collectHandler(controller: Type, handler: string): CollectedEndpoint[] {
  const method = Reflect.get(controller.prototype, handler) as object;
  const isRoute = Reflect.hasMetadata('path', method);
  const metadata = endpointOf(method);
  if (!metadata && !isRoute) return [];
  const where = `${controller.name}.${handler}`;
  if (!metadata) throw new Error(`${where} is a route without @Endpoint: it names no permission and no answers`);
  const endpoint = { ...metadata, controller: controller.name, handler, sources: sourcesOf(controller.prototype, handler) };
  const flaw = flawOf(endpoint);
  if (flaw) throw new Error(`${where} ${flaw}`);
  return [endpoint];
}

/** The endpoints of some controllers, each checked: a route that does not say who may call it stops the start. */
export function collectEndpoints(controllers: readonly Type[]): CollectedEndpoint[] {
  const scanner = new MetadataScanner();
  const endpoints = controllers.flatMap((controller) =>
    scanner.getAllMethodNames(controller.prototype).flatMap((handler) => collectHandler(controller, handler)),
  );
  for (const endpoint of endpoints) for (const source of endpoint.sources) if (source.kind !== 'path') source.prepare();
  return endpoints;
}

/** Every controller of an application. */
export function controllersOf(app: Pick<INestApplication, 'get'>): Type[] {
  const modules = [...app.get(ModulesContainer).values()];
  return [...new Set(modules.flatMap((module) => [...module.controllers.values()].map((wrapper) => wrapper.metatype as Type)))];
}
