import { type Field, nameOfField } from './columns.js';
import { outcomeOf, passes } from './evaluate.js';
import { allOf, anyOf, NO_ROW, notOf, type RowFilter, type Scalar } from './row-filter.js';

/** Of longer lists it is not found out whether nothing of them is left. */
const MOST_VALUES = 1_000;

type Conjunction = RowFilter & { readonly of: readonly RowFilter[] };

/** The same filter, and where it can be seen that it takes no row at all, whatever the rows are: none. */
export function foldFilter(filter: RowFilter): RowFilter {
  if (filter.kind === 'test') return filter;
  if (filter.kind === 'not') return notOf(foldFilter(filter.of));
  const parts = filter.of.map(foldFilter);
  if (filter.kind === 'any') return anyOf(parts);
  const folded = allOf(parts);
  return folded.kind === 'all' && isContradiction(folded) ? NO_ROW : folded;
}

/** Whether a column, which has one value at most, is asked to be one of some that the other conditions leave nothing of. */
function isContradiction(filter: Conjunction): boolean {
  const lists = new Map<string, { field: Field; values: ReadonlySet<Scalar> }>();
  for (const part of filter.of) {
    if (part.kind !== 'test' || part.test.is !== 'oneOf' || part.field.kind !== 'column' || part.test.values.size > MOST_VALUES) continue;
    lists.set(nameOfField(part.field), { field: part.field, values: part.test.values });
  }
  return [...lists.values()].some(({ field, values }) => [...values].every((value) => outcomeWhere(filter, field, value) === false));
}

function outcomeWhere(filter: RowFilter, field: Field, value: Scalar): boolean | undefined {
  const name = nameOfField(field);
  return outcomeOf(filter, (other, test) => (nameOfField(other) === name ? passes(test, [value]) : undefined));
}
