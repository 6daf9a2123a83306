// What the other packages may know of `common` without loading a database driver or Nest:
// ids, the tenant scope, the error catalogue, filters of documents, what values and moments are, what a lock of a device is, how a model sees, who waits for whom. Import it as `@cairn/common/contracts`.

export * from './collections/collection-words.js';
export * from './errors/catalogue.js';
export type { BuiltInField } from './filters/built-in-fields.js';
export type { DocumentField } from './filters/document-field.js';
export { type FieldTest, type Filter, hasTest, NO_FILTER } from './filters/filter.js';
export { FILTER_LIMITS } from './filters/filter-limits.js';
export { type FilterSqlOptions, filterSql, type SqlCondition } from './filters/filter-sql.js';
export type { FilterableDocument } from './filters/filterable-document.js';
export { matchesFilter } from './filters/matches-filter.js';
export { microsecondsOf } from './filters/moment.js';
export { parseFilter } from './filters/parse-filter.js';
export * from './ids.js';
export * from './in-parts.js';
export { leaveOthersTheProcessor } from './leave-others-the-processor.js';
export * from './models/device-lock.js';
export * from './models/model-sight.js';
export { kindOf } from './shell/validation/kind-of.js';
export { flawOfText } from './shell/validation/text-flaw.js';
export * from './tenancy/tenant-scope.js';
export * from './vectors/conditions.js';
export * from './vectors/document-space.js';
export * from './vectors/sparse-vector.js';
