/** A JSON Schema (2020-12), as plain data. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object' | 'null';

/** A class whose class-validator decorators are the rules of a request, or of an answer. */
export type DtoClass<T extends object = object> = new () => T;
