import type { Aggregate, Clause, Clauses, Expr, Literal, Name, Option, Predicate, Query, Select, Selected, SortKey, Value } from './ast.js';
import { ColumnBinder } from './bind-columns.js';
import { betweenTest, bindFilter, equalTest, literalOf, orderTest } from './bind-filter.js';
import { type BoundSelected, bindSelected, type ColumnType, type Named } from './bind-selected.js';
import type { Catalogue, Target } from './catalogue.js';
import { nearestOf, type Span, SqlError } from './errors.js';
import { SQL_LIMITS } from './limits.js';
import { BoundParams, type Params, valueGiven } from './params.js';
import type { RowFilter, Test } from './row-filter.js';
import type { SqlWarning } from './warnings.js';

/** `aggregate` counts rows, `filter` lists them, the others rank them. */
export type Mode = 'vector' | 'hybrid' | 'filter' | 'aggregate';

export interface Output {
  readonly name: string;
  readonly what: BoundSelected;
  readonly type: ColumnType;
}

export interface OrderKey {
  readonly what: BoundSelected;
  readonly descending: boolean;
  /** Rows without a value are first, whichever the direction. */
  readonly nullsFirst: boolean;
}

/** What rows are ranked by. */
export type Ask = { readonly span: Span } & (
  | { readonly kind: 'text'; readonly text: string; readonly model: string | undefined }
  | { readonly kind: 'vector'; readonly numbers: readonly number[] }
);

export interface Ranking {
  /** One for each list of rows; of a hybrid one, the dense question and the sparse one. */
  readonly questions: readonly Ask[];
  readonly sparse: Ask | undefined;
  readonly isBatch: boolean;
  readonly mergesBest: boolean;
  readonly metric: Clauses['similarity'] | undefined;
  readonly fusion: { readonly method: 'RRF' | 'DBSF'; readonly k: number | undefined; readonly weights: readonly [number, number] | undefined } | undefined;
  readonly threshold: { readonly kind: 'distance' | 'score'; readonly value: number } | undefined;
  readonly rerank: Rerank | undefined;
  /** At most so many rows of each group. */
  readonly groupSize: number | undefined;
  /** How many rows the search finds, before they are ordered and cut. */
  readonly k: number;
  /** TOPK alone says how many there are; otherwise they can be gone through page by page. */
  readonly hasPages: boolean;
}

export type Rerank =
  | { readonly kind: 'mmr'; readonly lambda: number; readonly candidates: number | undefined }
  | { readonly kind: 'model'; readonly model: string; readonly span: Span; readonly top: number | undefined };

/** A condition on groups: what an aggregate or a key is asked to be. */
export type Having =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Having[] }
  | { readonly kind: 'not'; readonly of: Having }
  | { readonly kind: 'test'; readonly what: BoundSelected; readonly test: Test };

export interface StatementOptions {
  readonly timeoutMs: number | undefined;
  /** Rows that each collection is asked for, at least. */
  readonly candidates: number | undefined;
  readonly onFailure: 'partial' | 'fail' | undefined;
  readonly isExact: boolean;
  readonly isStrict: boolean | undefined;
}

/** A statement whose names are known and whose values fit: what is left to find out is where to ask. */
export interface BoundQuery {
  readonly mode: Mode;
  readonly explain: Select['explain'];
  readonly targets: readonly Target[];
  readonly filter: RowFilter;
  readonly outputs: readonly Output[];
  readonly ranking: Ranking | undefined;
  readonly groupBy: readonly Named[];
  readonly having: Having | undefined;
  readonly order: readonly OrderKey[];
  /** Undefined where the statement does not say. */
  readonly limit: number | undefined;
  readonly offset: number;
  readonly after: { readonly cursor: string; readonly span: Span } | undefined;
  readonly options: StatementOptions;
  readonly warnings: readonly SqlWarning[];
}

export const DEFAULTS = { topK: 10, limit: { vector: 10, hybrid: 10, filter: 100, aggregate: 100 } } as const;
/** That rows are compared by. */
const STORED_VECTOR = 'embedding';
const TIMEOUT_MS = { least: 1, most: 60_000 };

export interface Binding {
  params: Params | undefined;
  catalogue: Catalogue;
  /** Rows are sent as they are read, so that there may be more of them. */
  isStreamed?: boolean;
  /** As if the statement said FUSION RRF, where it ranks and says nothing. */
  mergesByRank?: boolean;
}

/** Throws an SqlError for whatever is wrong, before any work. */
export function bindSql(statement: Select, { params, catalogue, isStreamed = false, mergesByRank = false }: Binding): BoundQuery {
  return new Binder(statement, BoundParams.of(statement, params), catalogue, { isStreamed, mergesByRank }).bind();
}

/** Whether it asks for more rows than an answer in one piece has; what is no count, binding finds. */
export function asksForMany({ clauses }: Select, params: Params | undefined): boolean {
  const counts = [clauses.limit, clauses.offset].map((clause) => (clause === undefined ? 0 : Number(valueGiven(clause.is, params))));
  return counts.reduce((sum, count) => sum + count) > SQL_LIMITS.rows;
}

class Binder {
  private readonly warnings: SqlWarning[] = [];
  private readonly targets: readonly Target[];
  readonly columns: ColumnBinder;
  private readonly mode: Mode;
  private outputs: Output[] = [];

  constructor(
    private readonly statement: Select,
    readonly params: BoundParams,
    catalogue: Catalogue,
    private readonly how: Required<Pick<Binding, 'isStreamed' | 'mergesByRank'>>,
  ) {
    const { from, askedAt, alias, clauses } = statement;
    this.targets =
      from === undefined
        ? catalogue.collections.map((collection) => ({ kind: 'collection', collection, span: askedAt }))
        : from.map(({ text, span }) => catalogue.find(text, span));
    this.columns = new ColumnBinder(alias?.text ?? (from?.length === 1 ? from[0]?.text : undefined));
    this.mode = modeOf(clauses, [...statement.items.map(({ what }) => what), ...(clauses.orderBy?.is ?? []).map(({ what }) => what)]);
  }

  bind(): BoundQuery {
    const { statement, mode, params } = this;
    const { clauses, explain } = statement;
    this.refuseClauses();
    const groupBy = this.groupKeys();
    this.outputs = this.items(groupBy);
    const filter = bindFilter(clauses.where?.is, clauses.whereDocument?.is, { columns: this.columns, params, warnings: this.warnings });
    const options = this.options();
    const limit = this.count('limit', 0);
    const offset = this.count('offset', 0) ?? 0;
    this.refuseDepth(offset + (limit ?? this.usualLimit()));
    const ranking = this.ranking(offset, limit);
    const order = this.order(groupBy);
    const having = clauses.having && this.having(clauses.having.is, groupBy);
    return {
      mode,
      explain,
      targets: this.targets,
      filter,
      outputs: this.outputs,
      ranking,
      groupBy,
      having,
      order,
      limit,
      offset,
      after: this.after(),
      options,
      warnings: this.warnings,
    };
  }

  // What this kind of statement cannot have.

  private refuseClauses(): void {
    const { clauses } = this.statement;
    const refuse = (clause: Clause<keyof Clauses> | undefined, message: string, hint?: string) => {
      if (clause !== undefined) throw new SqlError('E_MODE', message, clause.at, { hint });
    };
    if (clauses.using === undefined) {
      const hint = "Say what to look for: USING EMBEDDING (TEXT '…').";
      refuse(clauses.topK, 'TOPK counts the nearest rows, and nothing says near to what.', `${hint} For a number of rows say LIMIT.`);
      refuse(clauses.threshold, 'A threshold is for rows that are ranked.', hint);
      refuse(clauses.similarity, 'SIMILARITY is for rows that are ranked.', hint);
      refuse(clauses.fusion, 'FUSION joins rankings, and there is none.', hint);
      refuse(clauses.rerank, 'RERANK orders a ranking anew, and there is none.', hint);
      if (clauses.groupBy?.is.size !== undefined) refuse(clauses.groupBy, 'SIZE is for groups of rows that are ranked.', hint);
    } else {
      refuse(clauses.having, 'HAVING is about aggregates, and a search counts none.', 'Leave USING out to count rows.');
      const isFused = clauses.using.is.kind === 'hybrid' || this.fusionAsked !== undefined;
      if (isFused)
        refuse(clauses.threshold, 'Joined rankings have no distance that could be compared with a threshold.', 'Say LIMIT, or rank by USING EMBEDDING alone.');
      if (clauses.after !== undefined)
        refuse(clauses.orderBy, 'AFTER goes on in the order of the ranking.', 'Leave ORDER BY out, or ask for more rows at once.');
    }
    if (clauses.offset !== undefined) refuse(clauses.after, 'AFTER and OFFSET both say where to go on.', 'Leave OFFSET out.');
  }

  private refuseDepth(rows: number): void {
    if (rows <= this.mostRows) return;
    const { limit, offset } = this.statement.clauses;
    const span = (offset ?? limit)?.is.span;
    throw new SqlError('E_LIMIT', `OFFSET and LIMIT lead to row ${rows}, and there are ${this.mostRows} at most.`, span, { hint: this.depthHint });
  }

  /** Where it does not say how many. */
  private usualLimit(): number {
    if (this.mode !== 'filter' && this.mode !== 'aggregate') return this.statement.clauses.topK === undefined ? DEFAULTS.topK : 0;
    return DEFAULTS.limit[this.mode];
  }

  private get mostRows(): number {
    return this.how.isStreamed && this.mode === 'filter' ? SQL_LIMITS.streamedRows : SQL_LIMITS.rows;
  }

  private get depthHint(): string {
    const more = `; as NDJSON or CSV, LIMIT may be ${SQL_LIMITS.streamedRows}`;
    return `Go on from page to page with AFTER${this.mode === 'filter' && !this.how.isStreamed ? more : ''}.`;
  }

  // What is shown.

  private items(groupBy: readonly Named[]): Output[] {
    const { statement, mode } = this;
    const outputs: Output[] = [];
    if (statement.star !== undefined) {
      if (mode === 'aggregate')
        throw new SqlError('E_MODE', '* shows rows, and this statement counts them.', statement.star, { hint: 'Say which columns and aggregates.' });
      const found = { name: 'distance', what: { kind: 'found', name: 'distance' }, type: 'number' } as const;
      const field = (name: 'id' | 'document'): Output => ({ name, what: { kind: 'field', field: { kind: 'column', name } }, type: 'text' });
      outputs.push(field('id'), found, field('document'), { name: 'metadata', what: { kind: 'all_metadata' }, type: 'json' });
      if (outputs.length + statement.items.length > SQL_LIMITS.columns)
        throw new SqlError('E_LIMIT', `There are at most ${SQL_LIMITS.columns} columns, and * is ${outputs.length} of them.`, statement.star);
    }
    for (const { what, alias } of statement.items) {
      const named = this.selected(what);
      this.refuseUngrouped(named, what, groupBy);
      const name = alias?.text ?? named.text;
      if (outputs.some((other) => other.name === name))
        throw new SqlError('E_NAME', `Two columns of the answer are called ${name}.`, (alias ?? what).span, {
          hint: 'Give one of them another name: AS name.',
        });
      outputs.push({ name, what: named.what, type: named.type });
    }
    return outputs;
  }

  private selected(selected: Selected): Named {
    const named = bindSelected(selected, this);
    const { what } = named;
    if (what.kind === 'aggregate' && this.mode !== 'aggregate')
      throw new SqlError('E_MODE', 'A search finds the nearest rows, and to count those would mislead.', selected.span, {
        hint: 'Leave USING out to count all rows.',
      });
    if (what.kind !== 'found' || what.name === 'embedding') return named;
    const { using } = this.statement.clauses;
    if (using === undefined)
      throw new SqlError('E_MODE', `Without a query nothing has a ${what.name.replace('_', ' ')}.`, selected.span, { hint: "Say USING EMBEDDING (TEXT '…')." });
    if (what.name === 'query_index' && !(using.is.kind === 'embedding' && using.is.batch))
      throw new SqlError('E_MODE', 'query_index tells the queries of a BATCH apart, and there is none.', selected.span);
    return named;
  }

  private refuseUngrouped({ what, text }: Named, { span }: Selected, groupBy: readonly Named[]): void {
    if (this.mode !== 'aggregate' || what.kind === 'aggregate' || groupBy.some((key) => key.text === text)) return;
    throw new SqlError('E_MODE', `${text} differs from row to row, and this statement counts rows.`, span, { hint: `Say GROUP BY ${text}, or leave it out.` });
  }

  // Groups and order.

  private groupKeys(): Named[] {
    const { groupBy } = this.statement.clauses;
    return (groupBy?.is.keys ?? []).map((key) => {
      const named = this.byAlias(key) ?? bindSelected(key, this);
      const { kind } = named.what;
      if (kind === 'aggregate' || kind === 'all_metadata' || kind === 'found' || (kind === 'field' && named.text === 'document'))
        throw new SqlError('E_MODE', `${named.text} is nothing to group by.`, key.span, {
          hint: 'Group by a column, a field of the metadata, or a function of one.',
        });
      return named;
    });
  }

  /** What an item is called by its alias. */
  private byAlias(selected: Selected | Name): Named | undefined {
    const name = 'path' in selected ? (selected.path.length === 1 ? selected.path[0]?.text : undefined) : 'text' in selected ? selected.text : undefined;
    const item = name === undefined ? undefined : this.statement.items.find(({ alias }) => alias?.text === name);
    return item && bindSelected(item.what, this);
  }

  private order(groupBy: readonly Named[]): OrderKey[] {
    return (this.statement.clauses.orderBy?.is ?? []).map((key) => this.orderKey(key, groupBy));
  }

  private orderKey({ what: selected, descending, nulls }: SortKey, groupBy: readonly Named[]): OrderKey {
    const named = this.byAlias(selected) ?? this.selected(selected);
    const { what, text } = named;
    this.refuseUngrouped(named, selected, groupBy);
    if (
      what.kind === 'all_metadata' ||
      (what.kind === 'field' && text === 'document') ||
      (what.kind === 'found' && (what.name === 'embedding' || what.name === 'query_index'))
    )
      throw new SqlError('E_MODE', `Rows have no order by ${text}.`, selected.span, { hint: what.kind === 'all_metadata' ? 'Say metadata.key.' : undefined });
    return { what, descending, nullsFirst: nulls === 'first' };
  }

  private having(expr: Expr<Aggregate | Name>, groupBy: readonly Named[]): Having {
    if (expr.kind === 'not') return { kind: 'not', of: this.having(expr.item, groupBy) };
    if ('items' in expr) return { kind: expr.kind === 'and' ? 'all' : 'any', of: expr.items.map((item) => this.having(item, groupBy)) };
    const what = this.compared(expr, groupBy);
    const test = (of: Test): Having => ({ kind: 'test', what, test: of });
    const literal = (of: Value) => literalOf(of, this);
    if (expr.kind === 'between') return test(betweenTest(literal(expr.low), literal(expr.high)));
    if (expr.kind !== 'compare') throw new Error('The parser lets nothing else through');
    if (expr.test !== '=' && expr.test !== '!=') return test(orderTest(expr.test, literal(expr.value)));
    const equal = test(equalTest(literal(expr.value)));
    return expr.test === '=' ? equal : { kind: 'not', of: equal };
  }

  private compared({ of, span }: Predicate<Aggregate | Name>, groupBy: readonly Named[]): BoundSelected {
    if ('kind' in of) return bindSelected(of, this).what;
    const named = this.byAlias(of) ?? groupBy.find(({ text }) => text === of.text);
    if (named !== undefined && (named.what.kind === 'aggregate' || groupBy.some(({ text }) => text === named.text))) return named.what;
    const names = this.statement.items.flatMap(({ alias }) => (alias === undefined ? [] : [alias.text]));
    throw new SqlError('E_NAME', `HAVING compares aggregates, or their names, and ${of.text} is none.`, of.span ?? span, {
      suggestion: nearestOf(of.text, names),
      hint: 'Give the aggregate a name, as in count(*) AS n. Conditions on rows stand in WHERE.',
    });
  }

  // The ranking.

  private ranking(offset: number, limit: number | undefined): Ranking | undefined {
    const { clauses } = this.statement;
    const using = clauses.using?.is;
    if (using === undefined) return undefined;
    if (using.kind === 'embedding' && using.on !== undefined && using.on.text.toLowerCase() !== STORED_VECTOR)
      throw new SqlError('E_NAME', `Rows have no vector ${using.on.text}.`, using.on.span, {
        suggestion: nearestOf(using.on.text, [STORED_VECTOR]),
        expected: [STORED_VECTOR],
        hint: `They have one, ${STORED_VECTOR}: leave ON out.`,
      });
    const topK = this.count('topK', 1);
    const k = limit === undefined ? (topK ?? offset + DEFAULTS.topK) : Math.max(topK ?? DEFAULTS.topK, offset + limit);
    const threshold = clauses.threshold?.is;
    if (threshold?.isOldSpelling)
      this.warnings.push({
        code: 'W_SPELLING',
        message: 'WITH SCORE THRESHOLD keeps rows up to a distance. Write WITH MAX DISTANCE.',
        suggestion: 'MAX DISTANCE',
      });
    return {
      questions: using.kind === 'hybrid' ? [this.ask(using.dense)] : using.queries.map((query) => this.ask(query)),
      sparse: using.kind === 'hybrid' ? this.sparseAsk(using.sparse) : undefined,
      isBatch: using.kind === 'embedding' && using.batch,
      mergesBest: using.kind === 'embedding' && using.mergeBest,
      metric: clauses.similarity?.is,
      fusion: this.fusionAsked && this.fusion(this.fusionAsked),
      threshold: threshold && { kind: threshold.kind, value: this.number(threshold.value) },
      rerank: clauses.rerank && this.rerank(clauses.rerank.is),
      groupSize: clauses.groupBy && (this.whole(clauses.groupBy.is.size, { atLeast: 1, atMost: SQL_LIMITS.rows }) ?? 1),
      k,
      hasPages: limit !== undefined || topK === undefined,
    };
  }

  private ask(query: Query): Ask {
    const { span } = query;
    if (query.kind === 'vector') {
      const numbers = 'kind' in query.numbers ? this.params.vector(query.numbers) : query.numbers.map(({ value }) => Number(value));
      return { kind: 'vector', numbers, span: 'kind' in query.numbers ? query.numbers.span : span };
    }
    const literal = query.text.kind === 'param' ? this.params.text(query.text) : query.text;
    if (literal.kind !== 'string') throw new SqlError('E_TYPE', 'What is looked for is a text.', literal.span);
    if (literal.value.trim() === '') throw new SqlError('E_RANGE', 'What is looked for is blank.', literal.span);
    const bytes = Buffer.byteLength(literal.value);
    if (bytes > SQL_LIMITS.text) throw new SqlError('E_LIMIT', `The text has ${bytes} bytes, and there are ${SQL_LIMITS.text} at most.`, literal.span);
    return { kind: 'text', text: literal.value, model: query.model?.value, span: query.model?.span ?? literal.span };
  }

  private sparseAsk(query: Query): Ask {
    if (query.kind === 'vector')
      throw new SqlError('E_TYPE', 'The words of a text are looked for, and a vector has none.', query.span, { hint: "Say SPARSE TEXT '…'." });
    return this.ask(query);
  }

  private get fusionAsked(): Clauses['fusion'] | undefined {
    return this.statement.clauses.fusion?.is ?? (this.how.mergesByRank ? { method: 'RRF', options: [] } : undefined);
  }

  private fusion({ method, options }: Clauses['fusion']): Ranking['fusion'] {
    const read = this.optionsOf(options, method === 'RRF' ? ['k', 'weights'] : ['weights']);
    const k = read.get('k');
    const weights = read.get('weights');
    return { method, k: k && this.whole(singleOf(k), { atLeast: 1, atMost: SQL_LIMITS.rows }), weights: weights && this.weights(weights) };
  }

  private weights({ value }: Option): readonly [number, number] {
    if (value.kind !== 'list') throw new SqlError('E_TYPE', 'Weights are two numbers: [dense, sparse].', value.span);
    const [dense, sparse, ...more] = value.numbers.map((number) => Number(number.value));
    if (dense === undefined || sparse === undefined || more.length > 0) throw new SqlError('E_RANGE', 'Weights are two numbers: [dense, sparse].', value.span);
    if (dense < 0 || sparse < 0 || dense + sparse === 0) throw new SqlError('E_RANGE', 'Weights are 0 or more, and not both 0.', value.span);
    return [dense, sparse];
  }

  private rerank(rerank: Clauses['rerank']): Rerank {
    if (rerank.kind === 'model')
      return { kind: 'model', model: rerank.model.value, span: rerank.model.span, top: this.whole(rerank.top, { atLeast: 1, atMost: SQL_LIMITS.rows }) };
    const read = this.optionsOf(rerank.options, ['lambda', 'candidates']);
    const [lambda, candidates] = [read.get('lambda'), read.get('candidates')];
    return {
      kind: 'mmr',
      lambda: lambda === undefined ? 0.5 : this.number(singleOf(lambda), { atLeast: 0, atMost: 1 }),
      candidates: candidates && this.whole(singleOf(candidates), { atLeast: 1, atMost: SQL_LIMITS.rows }),
    };
  }

  // Options, counts and cursors.

  private options(): StatementOptions {
    const names = ['timeout_ms', 'candidates', 'on_failure', 'exact', 'strict_route'];
    const read = this.optionsOf(this.statement.clauses.options?.is ?? [], names);
    const whole = (name: string, atLeast: number, atMost: number) => {
      const option = read.get(name);
      return option && this.whole(singleOf(option), { atLeast, atMost });
    };
    return {
      timeoutMs: whole('timeout_ms', TIMEOUT_MS.least, TIMEOUT_MS.most),
      candidates: whole('candidates', 1, SQL_LIMITS.rows),
      onFailure: this.word(read.get('on_failure'), ['partial', 'fail']),
      isExact: this.flag(read.get('exact')) ?? false,
      isStrict: this.flag(read.get('strict_route')),
    };
  }

  private optionsOf(options: readonly Option[], names: readonly string[]): Map<string, Option> {
    const found = new Map<string, Option>();
    for (const option of options) {
      const name = option.name.text.toLowerCase();
      if (!names.includes(name))
        throw new SqlError('E_NAME', `There is no option ${option.name.text} here.`, option.name.span, {
          suggestion: nearestOf(option.name.text, names),
          expected: names,
        });
      if (found.has(name)) throw new SqlError('E_DUP', `The option ${name} stands twice.`, option.name.span);
      found.set(name, option);
    }
    return found;
  }

  private flag(option: Option | undefined): boolean | undefined {
    if (option === undefined) return undefined;
    const literal = literalOf(singleOf(option), this);
    if (literal.kind === 'bool') return literal.value;
    throw new SqlError('E_TYPE', `${option.name.text} is TRUE or FALSE.`, literal.span);
  }

  private word<W extends string>(option: Option | undefined, words: readonly W[]): W | undefined {
    if (option === undefined) return undefined;
    const literal = literalOf(singleOf(option), this);
    if (literal.kind !== 'string') throw new SqlError('E_TYPE', `${option.name.text} is one of '${words.join("', '")}'.`, literal.span);
    const found = words.find((word) => word === literal.value.toLowerCase());
    if (found !== undefined) return found;
    throw new SqlError('E_RANGE', `${option.name.text} is one of '${words.join("', '")}'.`, literal.span, {
      suggestion: nearestOf(literal.value, words),
      expected: words,
    });
  }

  private count(clause: 'topK' | 'limit' | 'offset', atLeast: number): number | undefined {
    const atMost = clause === 'topK' ? SQL_LIMITS.rows : this.mostRows;
    return this.whole(this.statement.clauses[clause]?.is, { atLeast, atMost, hint: this.depthHint });
  }

  private whole(value: Value | undefined, { atLeast, atMost, hint }: { atLeast: number; atMost: number; hint?: string }): number | undefined {
    if (value === undefined) return undefined;
    const literal = this.numberLiteral(value);
    const number = Number(literal.value);
    if (!Number.isInteger(number)) throw new SqlError('E_TYPE', 'A count is a whole number.', literal.span);
    if (number < atLeast) throw new SqlError('E_RANGE', `${atLeast} is the least that is possible here.`, literal.span);
    if (number > atMost) throw new SqlError('E_LIMIT', `${atMost} is the most that is possible here.`, literal.span, { hint });
    return number;
  }

  private number(value: Value, { atLeast, atMost }: { atLeast: number; atMost: number } = { atLeast: -Infinity, atMost: Infinity }): number {
    const literal = this.numberLiteral(value);
    const number = Number(literal.value);
    if (number < atLeast || number > atMost) throw new SqlError('E_RANGE', `It lies between ${atLeast} and ${atMost}.`, literal.span);
    return number;
  }

  private numberLiteral(value: Value): Literal & { kind: 'number' } {
    if (value.kind === 'param') return this.params.number(value);
    if (value.kind === 'number') return value;
    throw new SqlError('E_TYPE', 'A number is expected here.', value.span);
  }

  private after(): BoundQuery['after'] {
    const after = this.statement.clauses.after?.is;
    if (after === undefined) return undefined;
    const literal = after.kind === 'param' ? this.params.text(after) : after;
    if (literal.kind !== 'string') throw new SqlError('E_TYPE', 'A cursor is a text.', literal.span);
    return { cursor: literal.value, span: literal.span };
  }
}

function modeOf(clauses: Select['clauses'], selected: readonly Selected[]): Mode {
  if (clauses.using !== undefined) return clauses.using.is.kind === 'hybrid' ? 'hybrid' : 'vector';
  const counts = clauses.groupBy !== undefined || clauses.having !== undefined || selected.some(({ kind }) => kind === 'aggregate');
  return counts ? 'aggregate' : 'filter';
}

function singleOf({ name, value }: Option): Value {
  if (value.kind !== 'list') return value;
  throw new SqlError('E_TYPE', `${name.text} is one value, not a list.`, value.span);
}
