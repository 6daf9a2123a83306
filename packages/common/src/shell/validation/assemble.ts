import type { DtoClass } from './json-schema.js';
import { fieldsOf } from './schema-of.js';

interface Step {
  name: string;
  /** Builds the nested object, or each item of the list. */
  nested: ((value: Record<string, unknown>) => object) | undefined;
  isList: boolean;
}

function nestedValue(step: Step, value: unknown): unknown {
  if (!step.nested) return value;
  return step.isList ? (value as Record<string, unknown>[]).map(step.nested) : step.nested(value as Record<string, unknown>);
}

/**
 * Builds instances of a class from values that passed its schema: declared fields only, so that nothing
 * else of a request can reach the code behind; null counts as absent; absent fields keep the class's defaults.
 */
export function assemblerOf<T extends object>(type: DtoClass<T>): (value: Record<string, unknown>) => T {
  const steps: Step[] = fieldsOf(type).map((field) => ({ name: field.name, isList: field.isList, nested: field.nested && assemblerOf(field.nested) }));
  return (value) => {
    const instance = new type();
    for (const step of steps) {
      const given = value[step.name];
      if (given !== undefined && given !== null) (instance as Record<string, unknown>)[step.name] = nestedValue(step, given);
    }
    return instance;
  };
}
