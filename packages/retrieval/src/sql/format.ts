import type { Aggregate, Clauses, ColumnRef, Expr, Item, Literal, Name, Option, Predicate, Query, Select, Selected, SortKey, Statement, Value } from './ast.js';
import { isPlain } from './columns.js';

/** Words that mean something where a name may stand. */
const TAKEN = new Set(
  `ALL AND AS ASC BETWEEN BY CASE CONTAINS DESC DISTINCT DOCUMENT FALSE FROM FUSION GROUP HAVING ICONTAINS ILIKE IN INTERVAL IS LIKE LIMIT MATCH NOT NULL NULLS OFFSET OR
  ORDER REGEX RERANK SELECT SIMILARITY TIMESTAMP TOPK TRUE USING WHERE WHERE_DOCUMENT WITH AFTER`.split(/\s+/),
);

/** The statement in its normal form: what `parseSql` reads back as the same. */
export function formatSql(statement: Statement): string {
  if (statement.kind === 'describe') return `DESCRIBE ${nameOf(statement.target)}`;
  const explain = { none: '', plan: 'EXPLAIN ', analyze: 'EXPLAIN ANALYZE ' }[statement.explain];
  const { from, alias } = statement;
  const asked = `FROM ${from === undefined ? 'ALL' : from.map(nameOf).join(', ')}${alias === undefined ? '' : ` AS ${nameOf(alias)}`}`;
  return [`${explain}SELECT ${itemsOf(statement)}`, asked, ...clausesOf(statement)].join(' ');
}

const itemsOf = ({ star, items }: Select): string => [...(star === undefined ? [] : ['*']), ...items.map(itemOf)].join(', ');
const itemOf = ({ what, alias }: Item): string => `${selectedOf(what)}${alias === undefined ? '' : ` AS ${nameOf(alias)}`}`;

function clausesOf({ clauses }: Select): string[] {
  const parts: (string | undefined)[] = [
    said(clauses.where, (where) => `WHERE ${exprOf(where, columnOf)}`),
    said(clauses.whereDocument, (where) => `WHERE_DOCUMENT ${exprOf(where, () => 'document')}`),
    said(clauses.using, usingOf),
    said(clauses.similarity, ({ metric }) => `SIMILARITY ${metric}`),
    said(clauses.topK, (count) => `TOPK ${textOf(count)}`),
    said(clauses.threshold, ({ kind, value }) => `WITH ${kind === 'distance' ? 'MAX DISTANCE' : 'MIN SCORE'} ${textOf(value)}`),
    said(clauses.fusion, ({ method, options }) => `FUSION ${method}${optionsOf(options)}`),
    said(clauses.rerank, rerankOf),
    said(clauses.groupBy, ({ keys, size }) => `GROUP BY ${keys.map(selectedOf).join(', ')}${size === undefined ? '' : ` SIZE ${textOf(size)}`}`),
    said(clauses.having, (having) => `HAVING ${exprOf(having, comparedOf)}`),
    said(clauses.orderBy, (keys) => `ORDER BY ${keys.map(sortKeyOf).join(', ')}`),
    said(clauses.limit, (count) => `LIMIT ${textOf(count)}`),
    said(clauses.offset, (count) => `OFFSET ${textOf(count)}`),
    said(clauses.after, (cursor) => `AFTER ${textOf(cursor)}`),
    said(clauses.options, (options) => `WITH${optionsOf(options)}`),
  ];
  return parts.filter((part) => part !== undefined);
}

const said = <T>(clause: { is: T } | undefined, write: (is: T) => string): string | undefined => clause && write(clause.is);

function exprOf<Of>(expr: Expr<Of>, of: (what: Of) => string): string {
  if (expr.kind === 'not') return `NOT ${inner(expr.item, of, ['and', 'or'])}`;
  if (!('items' in expr)) return predicateOf(expr, of(expr.of));
  const apart = expr.kind === 'and' ? ['and', 'or'] : ['or'];
  return expr.items.map((item) => inner(item, of, apart)).join(expr.kind === 'and' ? ' AND ' : ' OR ');
}

function inner<Of>(expr: Expr<Of>, of: (what: Of) => string, apart: readonly string[]): string {
  const text = exprOf(expr, of);
  return apart.includes(expr.kind) ? `(${text})` : text;
}

function predicateOf<Of>(predicate: Predicate<Of>, of: string): string {
  if (predicate.kind === 'compare') return `${of} ${predicate.test} ${textOf(predicate.value)}`;
  const not = predicate.negated ? 'NOT ' : '';
  if (predicate.kind === 'isNull') return `${of} IS ${not}NULL`;
  if (predicate.kind === 'between') return `${of} ${not}BETWEEN ${textOf(predicate.low)} AND ${textOf(predicate.high)}`;
  if (predicate.kind === 'text') return `${of} ${not}${predicate.test} ${textOf(predicate.value)}`;
  const { values } = predicate;
  return `${of} ${not}IN ${'kind' in values ? textOf(values) : `(${values.map(textOf).join(', ')})`}`;
}

const comparedOf = (of: Aggregate | Name): string => ('kind' in of ? selectedOf(of) : nameOf(of));

function usingOf(using: Clauses['using']): string {
  if (using.kind === 'hybrid') {
    const { dense, sparse } = using;
    return `USING HYBRID (${dense === sparse ? queryOf(dense) : `DENSE ${queryOf(dense)}, SPARSE ${queryOf(sparse)}`})`;
  }
  const { queries, batch, mergeBest, on } = using;
  return `USING EMBEDDING ${batch ? 'BATCH ' : ''}(${queries.map(queryOf).join(', ')})${mergeBest ? ' MERGE BEST' : ''}${on === undefined ? '' : ` ON ${nameOf(on)}`}`;
}

function queryOf(query: Query): string {
  if (query.kind === 'text') return `TEXT ${textOf(query.text)}${query.model === undefined ? '' : ` MODEL ${textOf(query.model)}`}`;
  return `VECTOR ${'kind' in query.numbers ? textOf(query.numbers) : listOf(query.numbers)}`;
}

const listOf = (numbers: readonly Value[]): string => `[${numbers.map(textOf).join(', ')}]`;

function rerankOf(rerank: Clauses['rerank']): string {
  if (rerank.kind === 'mmr') return `RERANK BY MMR${optionsOf(rerank.options)}`;
  return `RERANK WITH ${textOf(rerank.model)}${rerank.top === undefined ? '' : ` TOP ${textOf(rerank.top)}`}`;
}

function optionsOf(options: readonly Option[]): string {
  if (options.length === 0) return '';
  return ` (${options.map(({ name, value }) => `${nameOf(name)} = ${value.kind === 'list' ? listOf(value.numbers) : textOf(value)}`).join(', ')})`;
}

function sortKeyOf({ what, descending, nulls }: SortKey): string {
  return `${selectedOf(what)}${descending ? ' DESC' : ''}${nulls === undefined ? '' : ` NULLS ${nulls.toUpperCase()}`}`;
}

function selectedOf(what: Selected): string {
  if (what.kind === 'column') return columnOf(what);
  if (what.kind === 'function') return `${what.name}(${what.args.map((arg) => (arg.kind === 'column' ? columnOf(arg) : textOf(arg))).join(', ')})`;
  return `${what.name}(${what.of === undefined ? '*' : `${what.distinct ? 'DISTINCT ' : ''}${columnOf(what.of)}`})`;
}

const columnOf = ({ path }: ColumnRef): string => path.map(nameOf).join('.');

function nameOf({ text }: Pick<Name, 'text'>): string {
  return isPlain(text) && !TAKEN.has(text.toUpperCase()) ? text : quoted(text, '"');
}

function textOf(value: Value): string {
  if (value.kind === 'param') return typeof value.name === 'number' ? `$${value.name}` : `:${value.name}`;
  return literalOf(value);
}

function literalOf(value: Literal): string {
  if (value.kind === 'string') return quoted(value.value, "'");
  if (value.kind === 'time') return `TIMESTAMP ${quoted(value.value, "'")}`;
  if (value.kind === 'null') return 'NULL';
  if (value.kind === 'bool') return value.value ? 'TRUE' : 'FALSE';
  const digits = Object.is(value.value, -0) ? '-0' : String(value.value);
  return value.isWhole || /[.e]/.test(digits) ? digits : `${digits}.`;
}

const quoted = (text: string, quote: string): string => `${quote}${text.replaceAll('\\', '\\\\').replaceAll(quote, quote + quote)}${quote}`;
