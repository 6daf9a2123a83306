import { isLooseUuid, microsecondsOf } from '@cairn/common/contracts';
import type { Comparison, Expr, Literal, Predicate, Value } from './ast.js';
import type { ColumnBinder } from './bind-columns.js';
import { COLUMNS, type Field, nameOfField, type StoredColumn } from './columns.js';
import { type Span, SqlError } from './errors.js';
import { foldFilter } from './fold.js';
import type { BoundParams } from './params.js';
import { allOf, anyOf, EVERY_ROW, type Moment, NO_ROW, notOf, type RangeEnd, type RowFilter, type Scalar, type Test } from './row-filter.js';
import { BadOperand, textMatcher } from './text-matcher.js';
import type { SqlWarning } from './warnings.js';

interface Around {
  columns: ColumnBinder;
  params: BoundParams;
  warnings: SqlWarning[];
}

const DOCUMENT: Field = { kind: 'column', name: 'document' };

/** What WHERE and WHERE_DOCUMENT ask of rows, together. */
export function bindFilter(where: Expr | undefined, whereDocument: Expr<undefined> | undefined, around: Around): RowFilter {
  const parts: RowFilter[] = [];
  if (where !== undefined) parts.push(filterOf(where, (of) => around.columns.filterField(of), around));
  if (whereDocument !== undefined) parts.push(filterOf(whereDocument, () => DOCUMENT, around));
  return foldFilter(parts.length === 0 ? EVERY_ROW : allOf(parts));
}

function filterOf<Of>(expr: Expr<Of>, fieldOf: (of: Of) => Field, around: Around): RowFilter {
  if (expr.kind === 'not') return notOf(filterOf(expr.item, fieldOf, around));
  if (!('items' in expr)) return testOf(expr, fieldOf(expr.of), around);
  const parts = expr.items.map((item) => filterOf(item, fieldOf, around));
  return expr.kind === 'and' ? allOf(parts) : anyOf(parts);
}

function testOf<Of>(predicate: Predicate<Of>, field: Field, around: Around): RowFilter {
  switch (predicate.kind) {
    case 'isNull':
      return signed(test(field, { is: 'null' }), predicate.negated);
    case 'text':
      return signed(textTest(field, predicate, around), predicate.negated);
    case 'in':
      refuseDocument(field, predicate.span);
      return signed(oneOf(field, listOf(predicate.values, around), around), predicate.negated);
    case 'between': {
      refuseDocument(field, predicate.span);
      const [low, high] = [predicate.low, predicate.high].map((value) => orderedOperand(field, value, around)) as [Literal, Literal];
      const between = betweenTest(low, high);
      return signed(isReversed(between) ? NO_ROW : test(field, between), predicate.negated);
    }
    case 'compare':
      refuseDocument(field, predicate.span);
      return comparison(field, predicate.test, predicate.value, around);
  }
}

function comparison(field: Field, how: Comparison, value: Value, around: Around): RowFilter {
  if (how === '=' || how === '!=') return signed(oneOf(field, [literalOf(value, around)], around), how === '!=');
  return test(field, orderTest(how, orderedOperand(field, value, around)));
}

type Range = Test & { is: 'range' };

/** The same for a value of any field, and of a group. */
export function orderTest(how: Exclude<Comparison, '=' | '!='>, literal: Literal): Range {
  const end = { ...rangeEnd(literal), isInclusive: how.endsWith('=') };
  return how.startsWith('<') ? { is: 'range', high: end } : { is: 'range', low: end };
}

export function betweenTest(lowest: Literal, highest: Literal): Range & Required<Pick<Range, 'low' | 'high'>> {
  const [low, high] = [rangeEnd(lowest), rangeEnd(highest)];
  if (typeof low.bound === 'object' ? typeof high.bound !== 'object' : typeof high.bound === 'object')
    throw new SqlError('E_TYPE', 'The two ends of BETWEEN are a number and a time.', highest.span, { hint: 'Give two of a kind.' });
  return { is: 'range', low, high };
}

export function equalTest(literal: Literal): Test {
  const value = scalarOf(literal);
  if (typeof value === 'bigint') return exactly(value);
  return typeof value === 'object' ? { is: 'atMoment', moments: [value] } : { is: 'oneOf', values: new Set([value]) };
}

/** Numbers that a double does not hold are compared digit by digit, as ends of a range are. */
function exactly(bound: bigint): Range {
  const end = { bound, isInclusive: true };
  return { is: 'range', low: end, high: end };
}

const signed = (filter: RowFilter, isNegated: boolean): RowFilter => (isNegated ? notOf(filter) : filter);
const test = (field: Field, of: Test): RowFilter => ({ kind: 'test', field, test: of });

function refuseDocument(field: Field, { start }: Span): void {
  if (field.kind !== 'column' || field.name !== 'document') return;
  throw new SqlError(
    'E_UNSUPPORTED',
    'The text of a row is not compared as a whole.',
    { start, end: start + 'document'.length },
    {
      hint: 'Look into it: document CONTAINS, LIKE, MATCH, REGEX, or IS NULL.',
    },
  );
}

/** Text or moments that the field is to be one of. */
function oneOf(field: Field, literals: readonly Literal[], around: Around): RowFilter {
  const moments: Moment[] = [];
  const values = new Set<Scalar>();
  const exact: RowFilter[] = [];
  for (const literal of literals) {
    const value = operandOf(field, literal, around);
    if (value === undefined) continue;
    if (typeof value === 'object') moments.push(value);
    else if (typeof value === 'bigint') exact.push(test(field, exactly(value)));
    else values.add(value);
  }
  return anyOf([
    ...exact,
    ...(values.size === 0 ? [] : [test(field, { is: 'oneOf', values })]),
    ...(moments.length === 0 ? [] : [test(field, { is: 'atMoment', moments })]),
  ]);
}

/** What it is compared with; undefined for what no row can have. */
function operandOf(field: Field, literal: Literal, { warnings }: Around): Scalar | Moment | undefined {
  const value = scalarOf(literal);
  if (field.kind === 'metadata') return value;
  const { type, isUuid } = COLUMNS[field.name];
  if (type === 'number' ? !isNumber(value) : type === 'time' ? momentIn(value) === undefined : typeof value !== 'string') throw wrongType(field.name, literal);
  if (type === 'time') return momentIn(value);
  if (!isUuid) return value;
  if (isLooseUuid(value)) return String(value).toLowerCase();
  warnings.push({
    code: 'W_ID',
    message: `${field.name} is the id of a ${field.name === 'document_id' ? 'document' : 'chunk'}, a UUID, and '${shown(String(value))}' is none: no row has it. The names that writers give are in external_id.`,
    suggestion: 'external_id',
  });
  return undefined;
}

/** What a field is compared with by its order: a column with what is of its type. */
function orderedOperand(field: Field, value: Value, around: Around): Literal {
  const literal = literalOf(value, around);
  if (field.kind === 'column' && (COLUMNS[field.name].type === 'number') !== isNumber(scalarOf(literal))) throw wrongType(field.name, literal);
  return literal;
}

function rangeEnd(literal: Literal): RangeEnd {
  const operand = scalarOf(literal);
  if (isNumber(operand)) return { bound: operand, isInclusive: true };
  const moment = momentIn(operand);
  if (moment === undefined) {
    const isText = typeof operand === 'string';
    const message = isText ? `'${shown(operand)}' is no time, and texts have no order here.` : 'Only numbers and times have an order here.';
    const hint = "Compare with a number, or with a time as in '2026-01-31' or '2026-01-31T12:00:00Z'.";
    throw isText ? new SqlError('E_TYPE', message, literal.span, { hint }) : typeError(message, literal, hint);
  }
  return { bound: moment, isInclusive: true };
}

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

function momentIn(value: Scalar | Moment): Moment | undefined {
  if (typeof value === 'object') return value;
  return typeof value === 'string' && microsecondsOf(value) !== undefined ? { moment: value } : undefined;
}

function isReversed({ low: { bound: low }, high: { bound: high } }: Required<Pick<Range, 'low' | 'high'>>): boolean {
  if (typeof low === 'object' && typeof high === 'object') return (microsecondsOf(low.moment) as bigint) > (microsecondsOf(high.moment) as bigint);
  return low > high;
}

function textTest(field: Field, { test: how, value }: Predicate<unknown> & { kind: 'text' }, around: Around): RowFilter {
  if (field.kind === 'column' && COLUMNS[field.name].type !== 'text')
    throw new SqlError('E_TYPE', `${field.name} is no text, and ${how} looks into texts.`, value.span);
  const literal = literalOf(value, around);
  if (literal.kind !== 'string') throw typeError(`${how} looks for a text.`, literal, "Put it in quotes: '…'.");
  try {
    return test(field, { is: 'text', matcher: textMatcher(how, literal.value) });
  } catch (error) {
    if (!(error instanceof BadOperand)) throw error;
    throw new SqlError(error.isUnsupported ? 'E_UNSUPPORTED' : 'E_RANGE', `What ${how} looks for ${error.message}`, literal.span);
  }
}

function listOf(values: (Predicate<unknown> & { kind: 'in' })['values'], around: Around): Literal[] {
  return 'kind' in values ? around.params.list(values) : values.map((value) => literalOf(value, around));
}

/** Not null: that nothing is compared with. */
export function literalOf(value: Value, { params }: Pick<Around, 'params'>): Literal {
  const literal = value.kind === 'param' ? params.scalar(value) : value;
  if (literal.kind === 'null') throw new SqlError('E_NULL_CMP', 'Nothing is compared with NULL.', literal.span, { hint: 'Say IS NULL or IS NOT NULL.' });
  if (literal.kind === 'time' && microsecondsOf(literal.value) === undefined)
    throw new SqlError('E_TYPE', `'${shown(literal.value)}' is no time.`, literal.span, {
      hint: "Write it as in '2026-01-31' or '2026-01-31T12:00:00Z' (RFC 3339).",
    });
  return literal;
}

function scalarOf(literal: Literal): Scalar | Moment {
  if (literal.kind === 'time') return { moment: literal.value };
  if (literal.kind === 'null') throw new Error('Null is refused before');
  return literal.value;
}

function wrongType(name: StoredColumn, literal: Literal): SqlError {
  const words = { text: 'a text', number: 'a number', time: 'a time' } as const;
  const { type } = COLUMNS[name];
  const isText = type === 'text' && literal.param === undefined;
  return typeError(`${nameOfField({ kind: 'column', name })} is ${words[type]}, and this is not.`, literal, isText ? "Put a text in quotes: '…'." : undefined);
}

/** Of a value that was sent beside the statement, by its name. */
function typeError(message: string, { param, span }: Literal, hint?: string): SqlError {
  return param === undefined ? new SqlError('E_TYPE', message, span, { hint }) : new SqlError('E_BIND', `${param}: ${message}`, span);
}

const MOST_SHOWN = 60;
const shown = (text: string): string => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN).toWellFormed()}…` : text);
