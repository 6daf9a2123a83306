import type { ColumnRef, Name } from './ast.js';
import { COLUMN_NAMES, type Field, type FoundColumn, isFoundColumn, isStoredColumn, nameOfField } from './columns.js';
import { nearestOf, SqlError } from './errors.js';

export type BoundColumn = Field | { readonly kind: 'all_metadata' } | { readonly kind: 'found'; readonly name: FoundColumn };

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are meant
const UNNAMEABLE = /["\u0000-\u001f\u007f]/;

const CONDITION_NAMES = COLUMN_NAMES.filter((name) => !isFoundColumn(name));

/** As answers name it. */
export function columnText(column: BoundColumn): string {
  if (column.kind === 'all_metadata') return 'metadata';
  return column.kind === 'found' ? column.name : nameOfField(column);
}

/** Finds out what columns are meant by their names. */
export class ColumnBinder {
  constructor(
    /** What stands behind AS, or the only target. */
    private readonly qualifier: string | undefined,
  ) {}

  bind({ path, span }: ColumnRef, named: readonly string[] = COLUMN_NAMES): BoundColumn {
    const [first, ...rest] = this.unqualified(path);
    const name = first.text.toLowerCase();
    if (name === 'metadata') return rest.length === 0 ? { kind: 'all_metadata' } : { kind: 'metadata', keys: rest.map(keyOf) };
    const isColumn = isStoredColumn(name) || isFoundColumn(name);
    if (!isColumn) throw this.unknown(first, rest, named);
    if (rest.length > 0)
      throw new SqlError(
        'E_NAME',
        `${name} has no parts.`,
        { start: (rest[0] as Name).span.start, end: span.end },
        { hint: 'Only metadata has: metadata.a.b' },
      );
    return isStoredColumn(name) ? { kind: 'column', name } : { kind: 'found', name };
  }

  /** A field that conditions may be about. */
  filterField(ref: ColumnRef): Field {
    const column = this.bind(ref, CONDITION_NAMES);
    if (column.kind === 'column' || column.kind === 'metadata') return column;
    if (column.kind === 'all_metadata')
      throw new SqlError('E_UNSUPPORTED', 'Conditions are about a field of the metadata, not about all of it.', ref.span, { hint: 'Say metadata.key.' });
    const hints: Record<FoundColumn, string> = {
      distance: 'WITH MAX DISTANCE x keeps what is as near as that.',
      score: 'WITH MIN SCORE x keeps what is as good as that.',
      embedding: 'USING EMBEDDING (VECTOR …) ranks by it.',
      query_index: 'Each query of a BATCH has rows of its own; ask for it alone.',
    };
    throw new SqlError('E_UNSUPPORTED', `${column.name} is no condition on rows.`, ref.span, { hint: hints[column.name] });
  }

  /** A path whose first part names what is asked goes on behind it. */
  private unqualified(path: readonly Name[]): [Name, ...Name[]] {
    const [first, second, ...rest] = path as [Name, ...Name[]];
    if (second !== undefined && first.text === this.qualifier && first.text.toLowerCase() !== 'metadata') return [second, ...rest];
    return second === undefined ? [first] : [first, second, ...rest];
  }

  private unknown(first: Name, rest: readonly Name[], named: readonly string[]): SqlError {
    const { text, span } = first;
    const isQualifier = rest.length > 0;
    const key = nameOfField({ kind: 'metadata', keys: [first, ...rest].map((name) => name.text) });
    const suggestion = nearestOf(text, [...named, ...(isQualifier && this.qualifier !== undefined ? [this.qualifier] : [])]);
    const asQualifier = isQualifier && this.qualifier !== undefined ? ` What is asked is called ${this.qualifier} here.` : '';
    const hint = `A field of the metadata is written ${key}.${asQualifier}`;
    return new SqlError('E_NAME', `There is no column ${text}.`, span, { hint, suggestion, expected: named });
  }
}

function keyOf({ text, span }: Name): string {
  if (UNNAMEABLE.test(text)) throw new SqlError('E_NAME', 'A key with a double quote or a control character cannot be named here.', span);
  return text;
}
