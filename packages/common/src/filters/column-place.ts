import { isLooseUuid } from '../ids.js';
import type { BuiltIn } from './built-in-fields.js';
import { momentSql } from './moment.js';
import type { Scalar } from './operands.js';
import type { SqlParameters } from './sql-parameters.js';
import type { Bound, SqlPlace } from './sql-place.js';

const isText = (value: Scalar) => typeof value === 'string';

// What can be equal to a column of a type, and as what it is compared with it.
const COMPARABLE = {
  text: { isValue: isText, as: 'text' },
  uuid: { isValue: (value: Scalar) => isLooseUuid(value) && value === value.toLowerCase(), as: 'uuid' },
  number: { isValue: (value: Scalar) => typeof value === 'number', as: 'numeric' },
  moment: { isValue: () => false, as: 'timestamptz' },
};

/** A column of a statement, by what it calls its rows. */
export type PlacedColumn = Pick<BuiltIn, 'type' | 'column'>;

/** A built-in field of a document. Its tests are false, never null, where there is no value. */
export class ColumnPlace implements SqlPlace {
  private readonly column: string;
  private readonly text: string;

  constructor(
    private readonly field: PlacedColumn,
    row: string,
    private readonly parameters: SqlParameters,
  ) {
    this.column = field.column(row);
    this.text = field.type === 'uuid' ? `${this.column}::text` : this.column;
  }

  parameter(value: unknown): string {
    return this.parameters.add(value);
  }

  isOneOf(values: readonly Scalar[]): string {
    const { isValue, as } = COMPARABLE[this.field.type];
    const comparable = values.filter(isValue);
    return comparable.length === 0 ? 'FALSE' : this.there(`${this.column} = ANY(${this.parameter(comparable.map(String))}::${as}[])`);
  }

  someNumber(bounds: readonly Bound[]): string {
    if (this.field.type !== 'number') return 'FALSE';
    return this.there(bounds.map(({ comparison, bound }) => `${this.column} ${comparison} ${this.parameter(String(bound))}::numeric`).join(' AND '));
  }

  someMoment(test: (moment: string) => string): string {
    if (this.field.type === 'moment') return this.there(test(this.column));
    return this.someText((text) => `COALESCE(${test(momentSql(text))}, FALSE)`);
  }

  someText(test: (text: string) => string): string {
    return this.field.type === 'text' || this.field.type === 'uuid' ? this.there(test(this.text)) : 'FALSE';
  }

  someWholeText(test: (text: string) => string): string {
    return this.someText(test);
  }

  exists(): string {
    return `(${this.column} IS NOT NULL)`;
  }

  hasValue(): string {
    return this.exists();
  }

  private there(test: string): string {
    return `(${this.column} IS NOT NULL AND ${test})`;
  }
}
