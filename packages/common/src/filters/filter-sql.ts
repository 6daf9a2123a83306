import { BUILT_IN_FIELDS, type BuiltInField } from './built-in-fields.js';
import { ColumnPlace } from './column-place.js';
import type { DocumentField } from './document-field.js';
import type { Filter } from './filter.js';
import { MetadataPlace } from './metadata-place.js';
import { kindOfTest, type Test } from './operators/tests.js';
import { SqlParameters } from './sql-parameters.js';

export interface FilterSqlOptions {
  /** What the statement calls the table of documents. */
  alias: string;
  /** The number of the first parameter that is free in the statement. */
  firstParameter: number;
}

export interface SqlCondition {
  sql: string;
  values: unknown[];
}

/**
 * A condition for Postgres that is true for exactly the rows of `documents` that `matchesFilter` takes, and can stand anywhere in a statement. Its text
 * depends on the form of the filter only; what users wrote is in the values. Where `metadata` or `extracted` is null it may be null instead of false.
 */
export function filterSql(filter: Filter, { alias, firstParameter }: FilterSqlOptions): SqlCondition {
  if (!/^[a-z_][a-z0-9_]*$/.test(alias)) throw new Error('An alias is a plain name of SQL in lower case');
  const statement: Statement = { alias, parameters: new SqlParameters(firstParameter) };
  return { sql: `(${sqlOf(filter, statement)})`, values: statement.parameters.values };
}

interface Statement {
  alias: string;
  parameters: SqlParameters;
}

function sqlOf(filter: Filter, statement: Statement): string {
  switch (filter.kind) {
    case 'all':
      return joined(filter.of, 'AND', statement);
    case 'any':
      return joined(filter.of, 'OR', statement);
    case 'not':
      // Of what is null, too, the complement is true.
      return `(${sqlOf(filter.of, statement)} IS NOT TRUE)`;
    case 'test':
      return sqlOfTest(filter.field, filter.test, statement);
  }
}

function joined(filters: readonly Filter[], word: 'AND' | 'OR', statement: Statement): string {
  if (filters.length === 0) return word === 'AND' ? 'TRUE' : 'FALSE';
  return `(${filters.map((part) => sqlOf(part, statement)).join(` ${word} `)})`;
}

function sqlOfTest(field: DocumentField, test: Test, statement: Statement): string {
  const { sql } = kindOfTest(test);
  if (field.kind === 'metadata') return `(${sql(test, jsonPlace('metadata', field.keys, statement))})`;
  if (field.kind === 'extracted') return `(${sql(test, jsonPlace('extracted', field.keys, statement))})`;
  if (field.kind === 'built_in') return `(${sql(test, columnPlace(field.name, statement))})`;
  // Of the names of our own fields, which no user wrote.
  const [keys, name] = field.kind === 'either' ? [[field.name], field.name] : [field.keys, field.keys[0] as string];
  const own = field.kind === 'either' ? columnPlace(field.name, statement) : jsonPlace('extracted', field.keys, statement);
  const hasName = `${statement.alias}.metadata ? '${name}'`;
  return `(${sql(test, jsonPlace('metadata', keys, statement))} OR (${hasName}) IS NOT TRUE AND ${sql(test, own)})`;
}

function jsonPlace(column: 'metadata' | 'extracted', keys: readonly string[], { alias, parameters }: Statement): MetadataPlace {
  return new MetadataPlace(`${alias}.${column}`, keys, parameters);
}

function columnPlace(name: BuiltInField, { alias, parameters }: Statement): ColumnPlace {
  return new ColumnPlace(BUILT_IN_FIELDS[name], alias, parameters);
}
