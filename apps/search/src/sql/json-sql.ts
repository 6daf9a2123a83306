import { jsonPathOf, type SqlParameters } from '@cairn/common';

/** What stands under keys of the metadata, as SQL. */
export class MetadataValues {
  private readonly path: string;

  constructor(
    private readonly keys: readonly string[],
    private readonly parameters: SqlParameters,
  ) {
    this.path = jsonPathOf(keys);
  }

  /** As it stands there, where no list is on the way. */
  direct(): string {
    return this.keys.reduce((inner, key) => `(${inner} -> ${this.parameters.add(key)}::text)`, 'd.metadata');
  }

  /** As it stands there; of a path through lists, a list of what is found. Null where there is nothing. */
  whole(): string {
    if (this.keys.length === 1) return this.direct();
    return `coalesce(${this.direct()}, nullif(jsonb_path_query_array(d.metadata, ${this.parameters.add(this.path)}::jsonpath), '[]'))`;
  }

  /** A set of the values, lists looked through, without null: something to stand in FROM. */
  each(): string {
    // `?` looks through a list by itself.
    return `jsonb_path_query(d.metadata, ${this.parameters.add(`${this.path} ? (@.type() != "null")`)}::jsonpath)`;
  }
}

const SCALARS = "('boolean', 'number', 'string')";
export const isScalar = (value: string): string => `jsonb_typeof(${value}) IN ${SCALARS}`;
export const textIn = (value: string): string => `CASE WHEN jsonb_typeof(${value}) = 'string' THEN ${value} #>> '{}' END`;

/**
 * The place of a value among all values, as bytes: booleans, numbers, texts by their characters, then whatever else there is. A number is written as a double
 * whose bits are turned so that they ascend with it.
 */
export function placeBytes(value: string): string {
  const double = `float8send((${value} #>> '{}')::float8)`;
  const ascending = `CASE WHEN (${value} #>> '{}')::float8 < 0 THEN int8send(~ ('x' || encode(${double}, 'hex'))::bit(64)::bigint)
    ELSE set_byte(${double}, 0, get_byte(${double}, 0) | 128) END`;
  return `CASE jsonb_typeof(${value}) WHEN 'boolean' THEN CASE WHEN ${value}::boolean THEN '\\x0101' ELSE '\\x0100' END::bytea
    WHEN 'number' THEN '\\x02'::bytea || ${ascending}
    WHEN 'string' THEN '\\x03'::bytea || convert_to(${value} #>> '{}', 'UTF8')
    ELSE '\\x04'::bytea || convert_to(${value}::text, 'UTF8') END`;
}

/** The same where writing the value several times would be long, or take long. */
export const placeOfOnce = (value: string): string => `(SELECT ${placeBytes('value')} FROM (SELECT ${value} AS value) AS given)`;
