import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsArray, IsObject, ValidateNested } from 'class-validator';
import type { DtoClass } from './json-schema.js';
import { ListOfAtMost } from './limit-rules.js';
import type { Limit } from './limits.js';

const NESTED = Symbol('class of a nested object');

function remember(target: object, property: string | symbol, type: DtoClass): void {
  Reflect.defineMetadata(NESTED, type, target, property);
}

function applyAll(decorators: PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}

/** The field is an object with rules of its own. */
export function Nested(type: DtoClass): PropertyDecorator {
  const rules = applyAll([IsObject(), ValidateNested(), Type(() => type)]);
  return (target, property) => {
    rules(target, property);
    remember(target, property, type);
  };
}

/** The field is a list of at most `max` objects with rules of their own. */
export function Items(type: DtoClass, max: Limit): PropertyDecorator {
  const rules = applyAll([IsArray(), ListOfAtMost(max), IsObject({ each: true }), ValidateNested({ each: true }), Type(() => type)]);
  return (target, property) => {
    rules(target, property);
    remember(target, property, type);
  };
}

/** The class of a field declared by `Nested` or `Items`. */
export function nestedClassOf(type: DtoClass, property: string): DtoClass | undefined {
  return Reflect.getMetadata(NESTED, type.prototype, property);
}
