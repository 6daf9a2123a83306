import type { DtoClass } from '../validation/json-schema.js';
import { validatorOf } from '../validation/validator-of.js';
import { endpointOf } from './endpoint.decorator.js';

interface DtoCheck<T extends object> {
  prepare(): void;
  check(value: unknown): T;
}

/** Checks values by the rules of a class and of the endpoint, which says so only after its parameters: the rules are compiled at the start. */
export function dtoCheck<T extends object>(type: DtoClass<T>, from: 'body' | 'query', handler: () => object): DtoCheck<T> {
  let validate: ((value: unknown) => T) | undefined;
  const compile = () => {
    validate = validatorOf(type, { from, unknownFields: endpointOf(handler())?.unknownFields ?? 'ignore' });
    return validate;
  };
  return { prepare: compile, check: (value) => (validate ?? compile())(value) };
}
