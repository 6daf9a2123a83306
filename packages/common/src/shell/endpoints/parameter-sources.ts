import 'reflect-metadata';
import type { DtoClass } from '../validation/json-schema.js';

const SOURCES = Symbol('where the parameters of a handler come from');

interface DtoSource {
  /** `upload`: JSON as of a body, or a form with files. */
  kind: 'body' | 'query' | 'upload';
  type: DtoClass;
  /** Compiles the rules of the class; called for every endpoint at start-up, so that a rule nobody checks stops the start. */
  prepare(): void;
}

export type BodySource = DtoSource & { kind: 'body' | 'upload' };

export interface PathSource {
  kind: 'path';
  name: string;
  form: 'text' | 'id';
  description: string;
}

export type ParameterSource = DtoSource | PathSource;

/** Notes where a parameter comes from, for the description of the api and for the start. */
export function rememberSource(target: object, property: string | symbol, source: ParameterSource): void {
  const known: ParameterSource[] = Reflect.getOwnMetadata(SOURCES, target, property) ?? [];
  Reflect.defineMetadata(SOURCES, [...known, source], target, property);
}

/** Where the parameters of a handler come from. */
export function sourcesOf(prototype: object, property: string): ParameterSource[] {
  return Reflect.getMetadata(SOURCES, prototype, property) ?? [];
}
