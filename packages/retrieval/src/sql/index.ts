export type { Describe, Select, Statement, TextTest } from './ast.js';
export {
  type Ask,
  asksForMany,
  type BoundQuery,
  bindSql,
  DEFAULTS,
  type Having,
  type Mode,
  type OrderKey,
  type Output,
  type Ranking,
} from './bind.js';
export type { BoundSelected, ColumnType } from './bind-selected.js';
export { Catalogue, type KnownCollection, type KnownFamily, type Route, type RouteValues, type Target } from './catalogue.js';
export { type Field, nameOfField, type StoredColumn } from './columns.js';
export { placeOf, type Span, SqlError, type SqlErrorCode } from './errors.js';
export { matchesRow, type Row } from './evaluate.js';
export { filterText } from './filter-text.js';
export { formatSql } from './format.js';
export { SQL_LIMITS } from './limits.js';
export { type Params, usedParams } from './params.js';
export { parseSql } from './parser.js';
export { type Pruned, type RouteDecision, type Routed, routeTargets } from './route.js';
export {
  EVERY_ROW,
  fieldsOf,
  isEveryRow,
  isNoRow,
  type Moment,
  NO_ROW,
  type RangeEnd,
  type RowFilter,
  type Scalar,
  type Test as RowTest,
} from './row-filter.js';
export { small } from './text-matcher.js';
export type { SqlWarning } from './warnings.js';
