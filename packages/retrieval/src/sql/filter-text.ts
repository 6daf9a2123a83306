import { nameOfField } from './columns.js';
import type { Moment, RowFilter, Scalar, Test } from './row-filter.js';

/** A filter as a statement would say it, for people. */
export function filterText(filter: RowFilter): string {
  switch (filter.kind) {
    case 'all':
      return joined(filter.of, ' AND ', 'TRUE');
    case 'any':
      return joined(filter.of, ' OR ', 'FALSE');
    case 'not':
      return `NOT ${part(filter.of)}`;
    case 'test':
      return `${nameOfField(filter.field)} ${testText(filter.test)}`;
  }
}

const joined = (parts: readonly RowFilter[], word: string, none: string): string => (parts.length === 0 ? none : parts.map(part).join(word));
const part = (filter: RowFilter): string => (filter.kind === 'test' || filter.kind === 'not' ? filterText(filter) : `(${filterText(filter)})`);

const MOST_VALUES = 20;

function testText(test: Test): string {
  switch (test.is) {
    case 'null':
      return 'IS NULL';
    case 'oneOf':
      return listText([...test.values]);
    case 'atMoment':
      return listText(test.moments);
    case 'range': {
      const { low, high } = test;
      const ends = [low && `>${low.isInclusive ? '=' : ''} ${valueText(low.bound)}`, high && `<${high.isInclusive ? '=' : ''} ${valueText(high.bound)}`];
      return ends.filter((end) => end !== undefined).join(' AND ');
    }
    case 'text':
      return `${test.matcher.test} ${valueText(test.matcher.operand)}`;
  }
}

function listText(values: readonly (Scalar | Moment)[]): string {
  const [only, ...others] = values;
  if (only !== undefined && others.length === 0) return `= ${valueText(only)}`;
  const more = values.length > MOST_VALUES ? `, … ${values.length - MOST_VALUES} more` : '';
  return `IN (${values.slice(0, MOST_VALUES).map(valueText).join(', ')}${more})`;
}

function valueText(value: Scalar | Moment): string {
  if (typeof value === 'object') return `TIMESTAMP '${value.moment}'`;
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value).toUpperCase();
}
