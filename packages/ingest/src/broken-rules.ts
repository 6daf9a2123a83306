import type { FieldError } from '@cairn/common/contracts';
import { validateSync } from 'class-validator';

// Of a value of another kind it is of no use to hear that it is too long or too large.
const KINDS = ['isArray', 'isString', 'isInt', 'isNumber', 'isBoolean', 'isObject'];

/** What is wrong with the fields of an object by the rules of its class, a sentence for each. */
export function brokenRules(fields: object): FieldError[] {
  return validateSync(fields).map(({ property, value, constraints = {} }) => ({
    path: property,
    message: value === undefined ? `${property} is missing` : (sentenceOf(constraints) ?? `${property} is not valid`),
  }));
}

function sentenceOf(constraints: Record<string, string>): string | undefined {
  const kind = KINDS.find((rule) => Object.hasOwn(constraints, rule));
  return kind === undefined ? Object.values(constraints)[0] : constraints[kind];
}
