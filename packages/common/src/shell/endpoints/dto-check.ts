import type { DtoClass } from '../validation/json-schema.js';
import { fieldsOf } from '../validation/schema-of.js';
import { validatorOf } from '../validation/validator-of.js';
import { endpointOf, type HttpMethod } from './endpoint.decorator.js';

interface DtoCheck<T extends object> {
  prepare(): void;
  check(value: unknown): T;
}

/**
 * Whether a request may come without its body, which is then an empty object: a POST that asks for no field does. A PUT or PATCH without one says
 * nothing of what it is to change.
 */
export function mayLackBody(method: HttpMethod, type: DtoClass): boolean {
  return method === 'POST' && fieldsOf(type).every(({ optional }) => optional);
}

/** Checks values by the rules of a class and of the endpoint, which says so only after its parameters: the rules are compiled at the start. */
export function dtoCheck<T extends object>(type: DtoClass<T>, from: 'body' | 'query', handler: () => object): DtoCheck<T> {
  let validate: ((value: unknown) => T) | undefined;
  const compile = () => {
    const endpoint = endpointOf(handler());
    const checked = validatorOf(type, { from, unknownFields: endpoint?.unknownFields ?? 'ignore' });
    const missing = endpoint !== undefined && mayLackBody(endpoint.method, type) ? {} : undefined;
    validate = (value) => checked(value === undefined ? missing : value);
    return validate;
  };
  return { prepare: compile, check: (value) => (validate ?? compile())(value) };
}
