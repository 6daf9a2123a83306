import type { Filter } from './filter.js';
import type { FilterableDocument } from './filterable-document.js';
import { findValues } from './found-values.js';
import { kindOfTest } from './operators/tests.js';

/** Whether a document is as the filter says. This is what filters mean; `filterSql` says the same to Postgres. */
export function matchesFilter(filter: Filter, document: FilterableDocument): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.of.every((part) => matchesFilter(part, document));
    case 'any':
      return filter.of.some((part) => matchesFilter(part, document));
    case 'not':
      return !matchesFilter(filter.of, document);
    case 'test':
      return kindOfTest(filter.test).matches(filter.test, findValues(filter.field, document));
  }
}
