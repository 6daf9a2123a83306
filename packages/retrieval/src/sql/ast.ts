import type { Span } from './errors.js';

/** A name as it was meant: of a word in its normal form, of a quoted one what stands between the quotes. */
export interface Name {
  readonly text: string;
  readonly quoted: boolean;
  readonly span: Span;
}

export type Literal = {
  /** The parameter that it was sent for. */
  readonly param?: string;
} & (
  | { readonly kind: 'string'; readonly value: string; readonly span: Span }
  /** Whole numbers are exact: beyond what a double holds they are a `bigint`. `isWhole` says that it was written as one. */
  | { readonly kind: 'number'; readonly value: number | bigint; readonly isWhole: boolean; readonly span: Span }
  | { readonly kind: 'bool'; readonly value: boolean; readonly span: Span }
  | { readonly kind: 'null'; readonly span: Span }
  | { readonly kind: 'time'; readonly value: string; readonly span: Span }
);

export interface Param {
  readonly kind: 'param';
  /** A number from 1 for `$1`, a name for `:name`. */
  readonly name: number | string;
  readonly span: Span;
}

export type Value = Literal | Param;

/** `metadata.a.b`, before anybody knows what it names. */
export interface ColumnRef {
  readonly kind: 'column';
  readonly path: readonly Name[];
  readonly span: Span;
}

export const AGGREGATES = ['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'] as const;
export const FUNCTIONS = ['SNIPPET', 'LENGTH', 'LOWER', 'UPPER', 'COALESCE', 'DATE_TRUNC'] as const;

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly name: (typeof AGGREGATES)[number];
  /** Undefined for `COUNT(*)`. */
  readonly of: ColumnRef | undefined;
  readonly distinct: boolean;
  readonly span: Span;
}

export interface FunctionCall {
  readonly kind: 'function';
  readonly name: (typeof FUNCTIONS)[number];
  readonly args: readonly (ColumnRef | Value)[];
  readonly span: Span;
}

export type Selected = ColumnRef | Aggregate | FunctionCall;

export interface Item {
  readonly what: Selected;
  readonly alias: Name | undefined;
}

export const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

export const TEXT_TESTS = ['LIKE', 'ILIKE', 'CONTAINS', 'ICONTAINS', 'REGEX', 'MATCH', 'MATCH ANY', 'MATCH PHRASE'] as const;
export type TextTest = (typeof TEXT_TESTS)[number];

/** What is compared: of WHERE and WHERE_DOCUMENT a column, of HAVING an aggregate or the name of one. */
export type Predicate<Of> =
  | { readonly kind: 'compare'; readonly of: Of; readonly test: Comparison; readonly value: Value; readonly span: Span }
  | { readonly kind: 'between'; readonly of: Of; readonly negated: boolean; readonly low: Value; readonly high: Value; readonly span: Span }
  | { readonly kind: 'in'; readonly of: Of; readonly negated: boolean; readonly values: readonly Value[] | Param; readonly span: Span }
  | { readonly kind: 'isNull'; readonly of: Of; readonly negated: boolean; readonly span: Span }
  | { readonly kind: 'text'; readonly of: Of; readonly negated: boolean; readonly test: TextTest; readonly value: Value; readonly span: Span };

/** `and` and `or` have two items or more, and none that is of their own kind and not in parentheses: so no statement makes a deep tree. */
export type Expr<Of = ColumnRef> =
  | { readonly kind: 'and' | 'or'; readonly items: readonly Expr<Of>[]; readonly span: Span }
  | { readonly kind: 'not'; readonly item: Expr<Of>; readonly span: Span }
  | Predicate<Of>;

export type Query =
  | { readonly kind: 'text'; readonly text: Value; readonly model: (Literal & { kind: 'string' }) | undefined; readonly span: Span }
  | { readonly kind: 'vector'; readonly numbers: readonly (Literal & { kind: 'number' })[] | Param; readonly span: Span };

export type Using =
  | { readonly kind: 'embedding'; readonly queries: readonly Query[]; readonly batch: boolean; readonly mergeBest: boolean; readonly on: Name | undefined }
  | { readonly kind: 'hybrid'; readonly dense: Query; readonly sparse: Query };

export interface Option {
  readonly name: Name;
  readonly value: Value | { readonly kind: 'list'; readonly numbers: readonly (Literal & { kind: 'number' })[]; readonly span: Span };
}

export interface SortKey {
  readonly what: Selected;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last' | undefined;
}

/** What the clauses say, by their names. */
export interface Clauses {
  readonly where: Expr;
  readonly whereDocument: Expr<undefined>;
  readonly using: Using;
  readonly similarity: { readonly metric: 'COSINE' | 'L2' | 'IP'; readonly span: Span };
  readonly topK: Value;
  readonly threshold: { readonly kind: 'distance' | 'score'; readonly value: Value; readonly isOldSpelling: boolean };
  readonly fusion: { readonly method: 'RRF' | 'DBSF'; readonly options: readonly Option[] };
  readonly rerank:
    | { readonly kind: 'mmr'; readonly options: readonly Option[] }
    | { readonly kind: 'model'; readonly model: Literal & { kind: 'string' }; readonly top: Value | undefined };
  readonly groupBy: { readonly keys: readonly Selected[]; readonly size: Value | undefined };
  readonly having: Expr<Aggregate | Name>;
  readonly orderBy: readonly SortKey[];
  readonly limit: Value;
  readonly offset: Value;
  readonly after: Value;
  readonly options: readonly Option[];
}

export type ClauseName = keyof Clauses;

/** A clause and where its first word stands. */
export type Clause<K extends ClauseName> = { readonly is: Clauses[K]; readonly at: Span };

export interface Select {
  readonly kind: 'select';
  readonly explain: 'none' | 'plan' | 'analyze';
  /** `*` comes before all items. */
  readonly star: Span | undefined;
  readonly items: readonly Item[];
  /** Undefined for ALL. */
  readonly from: readonly Name[] | undefined;
  readonly askedAt: Span;
  readonly alias: Name | undefined;
  readonly clauses: { readonly [K in ClauseName]?: Clause<K> };
}

export interface Describe {
  readonly kind: 'describe';
  readonly target: Name;
}

export type Statement = Select | Describe;
