import type { Aggregate, ColumnRef, FunctionCall, Literal, Selected } from './ast.js';
import { type BoundColumn, type ColumnBinder, columnText } from './bind-columns.js';
import { literalOf } from './bind-filter.js';
import { COLUMNS, type Field, FOUND_COLUMNS, type FoundColumn } from './columns.js';
import { nearestOf, SqlError } from './errors.js';
import type { BoundParams } from './params.js';

export type ColumnType = 'text' | 'number' | 'bool' | 'time' | 'json' | 'vector';

export const TIME_UNITS = ['year', 'month', 'week', 'day', 'hour'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** What an item, a key of a group or of an order stands for. */
export type BoundSelected =
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'all_metadata' }
  | { readonly kind: 'found'; readonly name: FoundColumn }
  | { readonly kind: 'aggregate'; readonly name: Aggregate['name']; readonly of: Field | undefined; readonly distinct: boolean }
  | { readonly kind: 'snippet'; readonly length: number }
  | { readonly kind: 'length' | 'lower' | 'upper'; readonly field: Field }
  | { readonly kind: 'coalesce'; readonly field: Field; readonly otherwise: string | number | bigint | boolean }
  | { readonly kind: 'date_trunc'; readonly field: Field; readonly unit: TimeUnit };

/** And how answers name it where nobody gave it another name. */
export interface Named {
  readonly text: string;
  readonly what: BoundSelected;
  readonly type: ColumnType;
}

const SNIPPET = { usual: 200, most: 10_000 };

interface Around {
  columns: ColumnBinder;
  params: BoundParams;
}

export function bindSelected(selected: Selected, around: Around): Named {
  if (selected.kind === 'column') return ofColumn(around.columns.bind(selected));
  return selected.kind === 'aggregate' ? ofAggregate(selected, around) : ofFunction(selected, around);
}

function ofColumn(column: BoundColumn): Named {
  const text = columnText(column);
  if (column.kind === 'all_metadata') return { text, what: column, type: 'json' };
  if (column.kind === 'found') return { text, what: column, type: FOUND_COLUMNS[column.name] };
  return { text, what: { kind: 'field', field: column }, type: typeOf(column) };
}

const typeOf = (field: Field): ColumnType => (field.kind === 'metadata' ? 'json' : COLUMNS[field.name].type);

function ofAggregate({ name, of, distinct }: Aggregate, { columns }: Around): Named {
  const field = of && fieldIn(of, columns);
  const inner = of === undefined ? '*' : `${distinct ? 'distinct ' : ''}${columnText(field as Field)}`;
  const type = name === 'MIN' || name === 'MAX' ? typeOf(field as Field) : 'number';
  return { text: `${name.toLowerCase()}(${inner})`, what: { kind: 'aggregate', name, of: field, distinct }, type };
}

function fieldIn(ref: ColumnRef, columns: ColumnBinder): Field {
  const column = columns.bind(ref);
  if (column.kind === 'column' || column.kind === 'metadata') return column;
  if (column.kind === 'found') throw new SqlError('E_MODE', `${column.name} is found out by the search, and not stored with a row.`, ref.span);
  throw new SqlError('E_TYPE', 'A field of the metadata is meant, not all of it.', ref.span, { hint: 'Say metadata.key.' });
}

function ofFunction({ name, args, span }: FunctionCall, around: Around): Named {
  const read = new Arguments(name, args, around);
  const text = (...inner: string[]) => `${name.toLowerCase()}(${inner.join(', ')})`;
  switch (name) {
    case 'SNIPPET': {
      const [field, at] = read.field(0);
      if (field.kind !== 'column' || field.name !== 'document')
        throw new SqlError('E_TYPE', 'SNIPPET shows the beginning of the text of a row.', at, { hint: 'Say SNIPPET(document).' });
      const length = read.number(1, { atLeast: 1, atMost: SNIPPET.most });
      read.end(2);
      return {
        text: text('document', ...(length === undefined ? [] : [String(length)])),
        what: { kind: 'snippet', length: length ?? SNIPPET.usual },
        type: 'text',
      };
    }
    case 'LENGTH':
    case 'LOWER':
    case 'UPPER': {
      const [field] = read.field(0);
      read.end(1);
      const kind = name.toLowerCase() as 'length' | 'lower' | 'upper';
      return { text: text(columnText(field)), what: { kind, field }, type: kind === 'length' ? 'number' : 'text' };
    }
    case 'COALESCE': {
      const [field] = read.field(0);
      const literal = read.literal(1);
      read.end(2);
      if (literal === undefined || literal.kind === 'null')
        throw new SqlError('E_TYPE', 'COALESCE takes a field, and what to show where it has no value.', span);
      const shown = literal.kind === 'string' || literal.kind === 'time' ? `'${literal.value.replaceAll("'", "''")}'` : String(literal.value);
      return { text: text(columnText(field), shown), what: { kind: 'coalesce', field, otherwise: literal.value }, type: 'json' };
    }
    case 'DATE_TRUNC': {
      const unit = read.unit(0);
      const [field] = read.field(1);
      read.end(2);
      return { text: text(`'${unit}'`, columnText(field)), what: { kind: 'date_trunc', field, unit }, type: 'time' };
    }
  }
}

/** What stands between the parentheses of a function. */
class Arguments {
  constructor(
    private readonly name: FunctionCall['name'],
    private readonly args: FunctionCall['args'],
    private readonly around: Around,
  ) {}

  field(at: number): [Field, ColumnRef['span']] {
    const arg = this.args[at];
    if (arg === undefined) throw this.wrong(`${this.name} needs a column.`);
    if (arg.kind !== 'column') throw new SqlError('E_TYPE', `${this.name} takes a column here.`, arg.span);
    return [fieldIn(arg, this.around.columns), arg.span];
  }

  literal(at: number): Literal | undefined {
    const arg = this.args[at];
    if (arg === undefined) return undefined;
    if (arg.kind === 'column') throw new SqlError('E_TYPE', `${this.name} takes a value here.`, arg.span, { hint: "Put a text in quotes: '…'." });
    return literalOf(arg, this.around);
  }

  number(at: number, { atLeast, atMost }: { atLeast: number; atMost: number }): number | undefined {
    const literal = this.literal(at);
    if (literal === undefined) return undefined;
    if (literal.kind !== 'number' || !Number.isInteger(Number(literal.value)))
      throw new SqlError('E_TYPE', `${this.name} takes a whole number here.`, literal.span);
    if (literal.value < atLeast || literal.value > atMost) throw new SqlError('E_RANGE', `From ${atLeast} to ${atMost} is possible here.`, literal.span);
    return Number(literal.value);
  }

  unit(at: number): TimeUnit {
    const literal = this.literal(at);
    const given = literal?.kind === 'string' ? literal.value.toLowerCase() : undefined;
    const unit = TIME_UNITS.find((one) => one === given);
    if (unit !== undefined) return unit;
    if (literal === undefined || literal.kind !== 'string') throw this.wrong(`${this.name} begins with a unit of time: '${TIME_UNITS.join("', '")}'.`);
    throw new SqlError('E_RANGE', `'${literal.value}' is no unit of time.`, literal.span, {
      suggestion: nearestOf(literal.value, TIME_UNITS),
      expected: TIME_UNITS,
    });
  }

  end(most: number): void {
    const surplus = this.args[most];
    if (surplus !== undefined) throw new SqlError('E_TYPE', `${this.name} takes ${most} argument${most === 1 ? '' : 's'} at most.`, surplus.span);
  }

  private wrong(message: string): SqlError {
    return new SqlError('E_TYPE', message, this.args[0]?.span);
  }
}
