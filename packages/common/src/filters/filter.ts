import type { DocumentField } from './document-field.js';
import type { Test } from './operators/tests.js';

/**
 * What documents must be like. Two-valued: a test of a field that a document lacks is false, and `not` makes it true. It is plain data, so it can be kept,
 * compared and read by others; every value in it was checked by `parseFilter`.
 */
export type Filter =
  | { readonly kind: 'all'; readonly of: readonly Filter[] }
  | { readonly kind: 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'not'; readonly of: Filter }
  | FieldTest;

export interface FieldTest {
  readonly kind: 'test';
  readonly field: DocumentField;
  readonly test: Test;
}

/** Takes every document. */
export const NO_FILTER: Filter = { kind: 'all', of: [] };

/** Whether the filter asks anything of a document; one that does not takes all, or none, whatever they are. */
export function hasTest(filter: Filter): boolean {
  if (filter.kind === 'test') return true;
  return filter.kind === 'not' ? hasTest(filter.of) : filter.of.some(hasTest);
}
