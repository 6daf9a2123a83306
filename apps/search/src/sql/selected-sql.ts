import { momentSql, type SqlParameters } from '@cairn/common';
import type { BoundSelected, Field, StoredColumn } from '@cairn/retrieval/sql';
import { isScalar, MetadataValues, placeBytes, placeOfOnce, textIn } from './json-sql.js';
import { ROW_COLUMNS, shownColumn } from './row-columns.js';

/** What a search found out of a row: columns of what the rows are joined with. */
export type FoundSql = Readonly<Record<'distance' | 'score' | 'embedding' | 'query_index', string>>;
/** The vector of a row that serves: as bytes. */
export const EMBEDDING = '(SELECT v.vector FROM vectors v WHERE v.org_id = ch.org_id AND v.point_id = ch.id AND v.live_token IS NOT NULL)';
export const NOTHING_FOUND: FoundSql = { distance: 'NULL::float8', score: 'NULL::float8', embedding: EMBEDDING, query_index: 'NULL::integer' };

/** Something to sort by: null where a row has no value, and the type to read a written value by. */
export interface SortSql {
  sql: string;
  type: 'text' | 'numeric' | 'float8' | 'timestamptz' | 'bytea';
}

/** A column that a row has once, or not at all. */
export function sortColumn(name: StoredColumn): SortSql {
  const { type, column } = ROW_COLUMNS[name];
  const sql = column('');
  if (type === 'number') return { sql, type: 'numeric' };
  if (type === 'moment') return { sql, type: 'timestamptz' };
  return { sql: `(${type === 'uuid' ? `${sql}::text` : sql}) COLLATE "C"`, type: 'text' };
}

/** Items, keys of an order and of groups, as SQL. */
export class SelectedSql {
  constructor(
    private readonly parameters: SqlParameters,
    private readonly found: FoundSql,
  ) {}

  /** What an answer shows of a row. */
  shown(what: Exclude<BoundSelected, { kind: 'aggregate' }>): string {
    switch (what.kind) {
      case 'field':
        return this.whole(what.field);
      case 'all_metadata':
        return 'd.metadata';
      case 'found':
        return this.found[what.name];
      case 'snippet':
        return `left(ch.text, ${this.parameters.add(what.length)}::integer)`;
      case 'coalesce':
        return `coalesce(${this.present(what.field)}, ${this.json(what.otherwise)})`;
      default:
        return this.ofText(what, this.text(what.field));
    }
  }

  /** The place of a row in an order: of a list its least value counts, or its greatest one. */
  sort(what: Exclude<BoundSelected, { kind: 'aggregate' }>, descending: boolean): SortSql {
    switch (what.kind) {
      case 'field':
        return this.sortField(what.field, descending);
      case 'found':
        return { sql: this.found[what.name], type: what.name === 'query_index' ? 'numeric' : 'float8' };
      case 'coalesce': {
        const sql = `coalesce(${this.extreme(what.field, descending)}, ${placeOfOnce(this.json(what.otherwise))})`;
        return { sql, type: 'bytea' };
      }
      case 'length':
        return { sql: this.shown(what), type: 'numeric' };
      case 'all_metadata':
        throw new Error('The binder refuses an order by all of the metadata');
      default:
        return { sql: `(${this.shown(what)}) COLLATE "C"`, type: 'text' };
    }
  }

  /** Joins each row with its groups, by the keys `g0.value`, `g1.value`, …; what has no value is in the group of null. */
  joinedGroups(keys: readonly BoundSelected[]): string {
    const joins = keys.map((key, at) => {
      if (key.kind === 'aggregate' || key.kind === 'found' || key.kind === 'all_metadata') throw new Error('The binder refuses such keys');
      return `LEFT JOIN LATERAL ${this.groups(key)} AS g${at}(value) ON TRUE`;
    });
    return joins.join(' ');
  }

  /** A set of the values by which a row is grouped, as JSON and each once: something to stand in FROM. */
  private groups(what: Exclude<BoundSelected, { kind: 'aggregate' | 'found' | 'all_metadata' }>): string {
    if (what.kind === 'snippet') return `unnest(ARRAY[to_jsonb(${this.shown(what)})])`;
    const each = this.each(what.field);
    if (what.kind === 'field') return `unnest(${this.ofOne(what.field, (value) => `ARRAY[${value}]`, `ARRAY(SELECT DISTINCT value FROM ${each} AS every)`)})`;
    if (what.kind === 'coalesce')
      return `unnest(ARRAY(SELECT value FROM ${each} AS present UNION SELECT ${this.json(what.otherwise)} WHERE NOT EXISTS (SELECT FROM ${each} AS present)))`;
    const made = (value: string) => `to_jsonb(${this.ofText(what, textIn(value))})`;
    return `unnest(${this.ofOne(what.field, (value) => `ARRAY[${made(value)}]`, `ARRAY(SELECT DISTINCT ${made('value')} FROM ${each} AS present)`)})`;
  }

  /** What is made of the one value of a field, which most rows have; and what of any number of them. */
  ofOne(field: Field, made: (value: string) => string, otherwise: string): string {
    if (field.kind === 'column') return `CASE WHEN ${ROW_COLUMNS[field.name].column('')} IS NOT NULL THEN ${made(`to_jsonb(${shownColumn(field.name)})`)} END`;
    const value = new MetadataValues(field.keys, this.parameters).direct();
    return `CASE WHEN ${isScalar(value)} THEN ${made(value)} ELSE ${otherwise} END`;
  }

  /** A set of the values of a field, as JSON, lists looked through. */
  each(field: Field): string {
    if (field.kind === 'metadata') return `(SELECT value FROM ${new MetadataValues(field.keys, this.parameters).each()} AS found(value))`;
    return `(SELECT to_jsonb(${shownColumn(field.name)}) AS value WHERE ${ROW_COLUMNS[field.name].column('')} IS NOT NULL)`;
  }

  private whole(field: Field): string {
    return field.kind === 'metadata' ? new MetadataValues(field.keys, this.parameters).whole() : shownColumn(field.name);
  }

  /** As JSON, and null where there is no value. */
  private present(field: Field): string {
    if (field.kind === 'column') return `to_jsonb(${shownColumn(field.name)})`;
    return `CASE WHEN EXISTS (SELECT FROM ${this.each(field)} AS present) THEN ${this.whole(field)} END`;
  }

  private text(field: Field): string {
    if (field.kind === 'column') return ROW_COLUMNS[field.name].type === 'number' ? 'NULL::text' : shownColumn(field.name);
    return textIn(this.whole(field));
  }

  private ofText(what: BoundSelected & { kind: 'length' | 'lower' | 'upper' | 'date_trunc' }, text: string): string {
    switch (what.kind) {
      case 'length':
        return `char_length(${text})`;
      case 'lower':
      case 'upper':
        return `${what.kind}((${text}) COLLATE "pg_unicode_fast")`;
      case 'date_trunc':
        return `to_char(date_trunc('${what.unit}', ${momentSql(text)} AT TIME ZONE 'UTC'), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
    }
  }

  private sortField(field: Field, descending: boolean): SortSql {
    if (field.kind === 'metadata') return { sql: this.extreme(field, descending), type: 'bytea' };
    return sortColumn(field.name);
  }

  private extreme(field: Field, descending: boolean): string {
    const several = `(SELECT ${descending ? 'max' : 'min'}(${placeBytes('value')}) FROM ${this.each(field)} AS present WHERE ${isScalar('value')})`;
    return this.ofOne(field, placeBytes, several);
  }

  private json(value: string | number | bigint | boolean): string {
    return `${this.parameters.add(typeof value === 'bigint' ? String(value) : JSON.stringify(value))}::jsonb`;
  }
}
