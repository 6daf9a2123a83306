import 'reflect-metadata';

const DOC = Symbol('description of a field');

export interface FieldDoc {
  description: string;
  example?: unknown;
}

/** What a field means, for people who read the API's description. */
export function Doc(description: string, example?: unknown): PropertyDecorator {
  return (target, property) => Reflect.defineMetadata(DOC, example === undefined ? { description } : { description, example }, target, property);
}

export function docOf(target: object, property: string): FieldDoc | undefined {
  return Reflect.getMetadata(DOC, target, property);
}
