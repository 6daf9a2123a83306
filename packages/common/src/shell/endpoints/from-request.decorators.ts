import 'reflect-metadata';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CairnError } from '../../errors/catalogue.js';
import { isLooseUuid } from '../../ids.js';
import type { DtoClass } from '../validation/json-schema.js';
import { flawOfText } from '../validation/text-flaw.js';
import { fitsUtf8 } from '../validation/text-rules.js';
import { dtoCheck } from './dto-check.js';
import { type PathSource, rememberSource } from './parameter-sources.js';

const requestOf = (context: ExecutionContext) => context.getArgByIndex<FastifyRequest>(0);

function classOfParameter(target: object, property: string | symbol, index: number): DtoClass {
  const types: unknown[] = Reflect.getMetadata('design:paramtypes', target, property) ?? [];
  const type = types[index];
  if (typeof type !== 'function' || type === Object)
    throw new Error(`${target.constructor.name}.${String(property)}: parameter ${index} needs a DTO class as its type (imported as a value, not as a type)`);
  return type as DtoClass;
}

/** Validates in the extractor and not in a pipe: Nest makes a promise per pipe, this makes none. */
function dtoParameter(kind: 'body' | 'query'): ParameterDecorator {
  return (target, property, index) => {
    const name = property as string;
    const type = classOfParameter(target, name, index);
    const { prepare, check } = dtoCheck(type, kind, () => Reflect.get(target, name) as object);
    const read = (_data: unknown, context: ExecutionContext) => check(requestOf(context)[kind]);
    rememberSource(target, name, { kind, type, prepare });
    createParamDecorator(read)()(target, name, index);
  };
}

/** The JSON body, checked against the rules of the parameter's class; a POST that asks for nothing in it may lack it, and gets an empty object. */
export const FromBody = (): ParameterDecorator => dtoParameter('body');

/** The query string, converted to the types of the parameter's class and checked against its rules. */
export const FromQuery = (): ParameterDecorator => dtoParameter('query');

function readText(name: string, text: string, maxBytes: number): string {
  const flaw = flawOfText(text) ?? (fitsUtf8(text, maxBytes) ? undefined : `may have at most ${maxBytes} bytes of UTF-8`);
  if (flaw) throw new CairnError('invalid_input', `${name} ${flaw}`, { errors: [{ path: name, message: `${name} ${flaw}` }] });
  return text;
}

function pathParameter(source: PathSource, check: (text: string) => string): ParameterDecorator {
  return (target, property, index) => {
    const name = property as string;
    rememberSource(target, name, source);
    createParamDecorator((_data, context) => check((requestOf(context).params as Record<string, string>)[source.name] ?? ''))()(target, name, index);
  };
}

/** A part of the path that callers chose themselves, such as an asset id. */
export function TextFromPath(name: string, description: string, maxBytes = 512): ParameterDecorator {
  return pathParameter({ kind: 'path', name, form: 'text', description }, (text) => readText(name, text, maxBytes));
}

/** The answer for an id that is nobody's, or somebody else's: always the same, so that the two cannot be told apart. */
export function absent(noun: string): CairnError {
  return new CairnError('not_found', `There is no ${noun} with this id.`);
}

/** An id in the path, any 8-4-4-4-12 hex text, in lower case. What cannot be an id is answered as an absent one. */
export function IdFromPath(name: string, noun: string): ParameterDecorator {
  return pathParameter({ kind: 'path', name, form: 'id', description: `Id of the ${noun}.` }, (text) => {
    if (!isLooseUuid(text)) throw absent(noun);
    return text.toLowerCase();
  });
}
