import { ColumnPlace, type Comparison, MetadataPlace, momentParameter, type SqlParameters, type SqlPlace } from '@cairn/common';
import { type Field, type Moment, type RangeEnd, type RowFilter, type RowTest, type Scalar, small, type TextTest } from '@cairn/retrieval/sql';
import { ROW_COLUMNS } from './row-columns.js';

export interface RowCondition {
  /** True for every row that the filter takes. */
  sql: string;
  /** And for no other row. Where it is not, each row has to be looked at. */
  isExact: boolean;
}

/** A filter of rows as a condition of Postgres. What people wrote is in the parameters, never in its text. */
export function rowCondition(filter: RowFilter, parameters: SqlParameters): RowCondition {
  const compiler = new Compiler(parameters);
  return { sql: compiler.sqlOf(filter, true), isExact: compiler.isExact };
}

/** A test of one field, where Postgres can say it. */
export function testSql(test: RowTest, place: SqlPlace): string | undefined {
  switch (test.is) {
    case 'null':
      return `NOT ${place.hasValue()}`;
    case 'oneOf':
      return place.isOneOf([...test.values].filter(isKeepable));
    case 'atMoment':
      return place.someMoment((moment) => `${moment} = ANY(${place.parameter(test.moments.map(({ moment: at }) => momentParameter(at)))}::timestamptz[])`);
    case 'range':
      return rangeSql(test, place);
    case 'text':
      return textSql(test.matcher.test, test.matcher.operand, place);
  }
}

class Compiler {
  isExact = true;

  constructor(private readonly parameters: SqlParameters) {}

  /** What cannot be said to Postgres is taken to hold where that lets more rows through, and not to hold behind a NOT. */
  sqlOf(filter: RowFilter, otherwise: boolean): string {
    switch (filter.kind) {
      case 'all':
        return this.joined(filter.of, 'AND', otherwise);
      case 'any':
        return this.joined(filter.of, 'OR', otherwise);
      case 'not':
        return `(${this.sqlOf(filter.of, !otherwise)} IS NOT TRUE)`;
      case 'test': {
        const sql = testSql(filter.test, this.placeOf(filter.field));
        if (sql !== undefined) return `(${sql})`;
        this.isExact = false;
        return otherwise ? 'TRUE' : 'FALSE';
      }
    }
  }

  private joined(parts: readonly RowFilter[], word: 'AND' | 'OR', otherwise: boolean): string {
    if (parts.length === 0) return word === 'AND' ? 'TRUE' : 'FALSE';
    return `(${parts.map((part) => this.sqlOf(part, otherwise)).join(` ${word} `)})`;
  }

  private placeOf(field: Field): SqlPlace {
    if (field.kind === 'metadata') return new MetadataPlace('d.metadata', field.keys, this.parameters);
    return new ColumnPlace(ROW_COLUMNS[field.name], '', this.parameters);
  }
}

/** Metadata with whole numbers beyond what a double holds is refused when it is sent. */
const isKeepable = (value: Scalar): value is Exclude<Scalar, bigint> => typeof value !== 'bigint';

function rangeSql({ low, high }: RowTest & { is: 'range' }, place: SqlPlace): string {
  const ends = [low && endOf(low, '>'), high && endOf(high, '<')].filter((end) => end !== undefined);
  const numbers = ends.flatMap(({ comparison, bound }) => (isMoment(bound) ? [] : [{ comparison, bound }]));
  if (numbers.length > 0) return place.someNumber(numbers);
  const moments = ends.flatMap(({ comparison, bound }) => (isMoment(bound) ? [{ comparison, at: momentParameter(bound.moment) }] : []));
  return place.someMoment((moment) => moments.map(({ comparison, at }) => `${moment} ${comparison} ${place.parameter(at)}::timestamptz`).join(' AND '));
}

const endOf = ({ bound, isInclusive }: RangeEnd, than: '<' | '>') => ({ comparison: `${than}${isInclusive ? '=' : ''}` as Comparison, bound });
const isMoment = (bound: RangeEnd['bound']): bound is Moment => typeof bound === 'object';

/** As JavaScript's, so that it is the same in memory. */
const lowered = (text: string): string => `replace(lower(${text} COLLATE "pg_unicode_fast"), 'ς', 'σ')`;

/** Patterns are asked of a linear engine, and words are found as it finds them: those Postgres is not asked. */
function textSql(test: TextTest, operand: string, place: SqlPlace): string | undefined {
  switch (test) {
    case 'LIKE':
      return place.someText((text) => `${text} LIKE ${place.parameter(operand)}`);
    case 'ILIKE':
      return place.someText((text) => `${lowered(text)} COLLATE "C" LIKE ${place.parameter(small(operand))}`);
    case 'CONTAINS':
      return place.someText((text) => `strpos(${text}, ${place.parameter(operand)}) > 0`);
    case 'ICONTAINS':
      return place.someText((text) => `strpos(${lowered(text)} COLLATE "C", ${place.parameter(small(operand))}) > 0`);
    default:
      return undefined;
  }
}
