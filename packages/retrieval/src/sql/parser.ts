import {
  AGGREGATES,
  type Aggregate,
  type Clause,
  type ClauseName,
  type Clauses,
  COMPARISONS,
  type ColumnRef,
  type Comparison,
  type Describe,
  type Expr,
  FUNCTIONS,
  type FunctionCall,
  type Item,
  type Literal,
  type Name,
  type Option,
  type Param,
  type Predicate,
  type Query,
  type Select,
  type Selected,
  type SortKey,
  type Statement,
  TEXT_TESTS,
  type TextTest,
  type Using,
  type Value,
} from './ast.js';
import { type Advice, nearestOf, type Span, SqlError } from './errors.js';
import { type Token, tokensOf } from './lexer.js';
import { SQL_LIMITS } from './limits.js';

const CLAUSES = [
  'WHERE',
  'WHERE_DOCUMENT',
  'USING',
  'SIMILARITY',
  'TOPK',
  'WITH',
  'FUSION',
  'RERANK',
  'GROUP',
  'HAVING',
  'ORDER',
  'LIMIT',
  'OFFSET',
  'AFTER',
] as const;

/** Other SQL, by the word that it is known by, and how to say it here. */
const OTHER_STATEMENTS =
  'INSERT UPDATE DELETE DROP CREATE ALTER TRUNCATE MERGE UPSERT REPLACE GRANT REVOKE SET SHOW BEGIN START COMMIT ROLLBACK SAVEPOINT COPY CALL VALUES TABLE USE VACUUM ANALYZE ATTACH PRAGMA LOCK DO DECLARE FETCH EXECUTE PREPARE WITH'.split(
    ' ',
  );
const UNITE = 'FROM a, b asks several collections as one.';
const NOT_HERE: Record<string, string> = {
  UNION: UNITE,
  INTERSECT: UNITE,
  EXCEPT: UNITE,
  JOIN: UNITE,
  INNER: UNITE,
  LEFT: UNITE,
  RIGHT: UNITE,
  FULL: UNITE,
  CROSS: UNITE,
  NATURAL: UNITE,
  INTO: 'Statements only read.',
  FETCH: 'Say LIMIT n.',
  WINDOW: 'GROUP BY and aggregates are what there is.',
  QUALIFY: 'GROUP BY key SIZE n gives the best of each group.',
  FOR: 'Statements only read.',
  OVER: 'GROUP BY and aggregates are what there is.',
  FILTER: 'Say the condition in WHERE.',
  ESCAPE: 'In a pattern, \\ escapes.',
  XOR: 'Say it with AND, OR and NOT.',
};
const WHAT_THERE_IS = `There are ${[...AGGREGATES, ...FUNCTIONS].join(', ')}.`;
/** Functions of other SQL. */
const OTHER_FUNCTIONS =
  'CAST CONVERT ROW_NUMBER RANK DENSE_RANK LAG LEAD STRING_AGG ARRAY_AGG JSON_AGG GROUP_CONCAT ROLLUP CUBE GROUPING EXTRACT SUBSTRING TRIM CONCAT NOW ROUND ABS NULLIF IF'.split(
    ' ',
  );
/** Tests of other SQL. */
const OTHER_TESTS = ['SIMILAR', 'GLOB', 'RLIKE', 'REGEXP', 'OVERLAPS'];
const NO_SUBQUERIES = ['There are no sub-queries.', 'Ask for the inner part first, and send its values as a parameter: IN $1.'] as const;
const QUOTE_IT = 'A name with other characters than letters, digits and _ stands in double quotes: quote it as "my-name".';
const IN_EXPRESSIONS: Record<string, string> = {
  EXISTS: 'Say column IS NOT NULL, or ask for the inner part first.',
  CASE: 'Say it with AND, OR and NOT.',
  CAST: 'Types never convert; compare with a value of the type that is stored.',
  LOWER: 'ILIKE and ICONTAINS do not tell large letters from small ones.',
  UPPER: 'ILIKE and ICONTAINS do not tell large letters from small ones.',
};

/** One statement, as it is written: nothing is looked up yet. Throws an SqlError. */
export function parseSql(text: string): Statement {
  return new Parser(tokensOf(text)).statement();
}

class Parser {
  private at = 0;
  private depth = 0;
  /** Words that could have stood at a place. */
  private tried: { at: number; words: string[] } = { at: 0, words: [] };
  private readonly counted = { predicates: 0, aggregates: 0, params: 0 };

  constructor(private readonly tokens: readonly Token[]) {}

  statement(): Statement {
    if (this.isEnd()) throw this.wrong('The statement is empty.', { expected: ['SELECT', 'DESCRIBE', 'EXPLAIN'] });
    const statement = this.isWord('DESCRIBE') ? this.describe() : this.explained();
    this.takeSymbol(';');
    if (!this.isEnd()) throw this.wrong('One statement at a time: there is something behind its end.', { hint: 'Send it as a statement of its own.' });
    return statement;
  }

  private describe(): Describe {
    this.advance();
    const target = this.name('a collection or family');
    if (!this.isEnd() && !this.isSymbol(';')) throw this.unexpected(['the end'], []);
    return { kind: 'describe', target };
  }

  private explained(): Select {
    if (!this.takeWord('EXPLAIN')) return this.select('none');
    return this.select(this.takeWord('ANALYZE') ? 'analyze' : 'plan', ['SELECT']);
  }

  private select(explain: Select['explain'], beginnings = ['SELECT', 'DESCRIBE', 'EXPLAIN']): Select {
    const { token } = this;
    if (!this.takeWord('SELECT')) {
      if (token.kind === 'word' && token.keyword !== undefined && OTHER_STATEMENTS.includes(token.keyword))
        throw this.unsupported(`${token.keyword} is not part of this language: statements only read.`, 'Begin with SELECT, DESCRIBE or EXPLAIN.');
      throw this.unexpected(beginnings, beginnings);
    }
    if (this.isWord('DISTINCT')) throw this.unsupported('DISTINCT is not part of this language.', 'GROUP BY gives each value once.');
    const { star, items } = this.items();
    if (!this.takeWord('FROM')) throw this.afterItems();
    const askedAt = this.token.span;
    const from = this.targets();
    const alias = this.takeWord('AS') ? this.name('a name for what is asked') : undefined;
    return { kind: 'select', explain, star, items, from, askedAt, alias, clauses: this.clauses(alias === undefined) };
  }

  private items(): Pick<Select, 'star' | 'items'> {
    const star = this.isSymbol('*') ? this.advance().span : undefined;
    const items: Item[] = [];
    while (star === undefined && items.length === 0 ? true : this.takeSymbol(',')) {
      if (items.length === SQL_LIMITS.columns) throw this.tooMany('columns', SQL_LIMITS.columns);
      items.push(this.item());
    }
    return { star, items };
  }

  private item(): Item {
    if (this.isSymbol('*')) throw this.wrong('* stands alone or before all others.', { expected: ['a column'], hint: 'Say SELECT *, column.' });
    if (this.isWord('FROM') && !this.isContinued(this.tokens[this.at + 1])) throw this.wrong('Nothing is selected.', { expected: ['*', 'a column'] });
    this.refuseInItems();
    const what = this.selected();
    return { what, alias: this.takeWord('AS') ? this.name('a name for the column') : undefined };
  }

  /** What other SQL selects. */
  private refuseInItems(): void {
    if (this.isSymbol('(')) {
      this.refuseSubquery();
      throw this.unsupported('There are no expressions in this language.', 'Select the columns and compute from them.');
    }
    if (this.isWord('CASE') && this.isWordAt(this.at + 1, 'WHEN'))
      throw this.unsupported('CASE is not part of this language.', 'Select the columns and compute from them.');
  }

  /** Before its parenthesis. */
  private refuseSubquery(): void {
    if (!this.isSymbol('(') || !this.isWordAt(this.at + 1, 'SELECT')) return;
    this.advance();
    throw this.unsupported(...NO_SUBQUERIES);
  }

  /** Whether a word before it is a name. */
  private isContinued(next: Token | undefined): boolean {
    if (next?.kind === 'word') return next.keyword === 'FROM' || next.keyword === 'AS';
    return next?.kind === 'symbol' && [',', '.', '('].includes(next.text);
  }

  private afterItems(): SqlError {
    const { token } = this;
    const isCalled = this.isSymbolAt(this.at + 1, '(');
    if (token.kind === 'word' && (isCalled ? ['OVER', 'FILTER'] : ['INTO']).includes(token.keyword ?? ''))
      return this.unsupported(`${token.text} is not part of this language.`, NOT_HERE[token.keyword as string] as string);
    if (this.isArithmetic()) return this.unsupported('There is no arithmetic in this language.', `Select the columns and compute from them. ${QUOTE_IT}`);
    const advice = token.kind === 'word' || token.kind === 'quoted' ? { hint: `To give the column a name, say AS ${token.text}.` } : {};
    return this.unexpected(['FROM', ',', 'AS'], ['FROM', 'AS'], advice);
  }

  private targets(): readonly Name[] | undefined {
    if (this.isWord('ALL') && !this.isSymbolAt(this.at + 1, '.')) {
      this.advance();
      return undefined;
    }
    const targets: Name[] = [];
    do {
      this.refuseSubquery();
      if (this.isWord('ALL') && !this.isSymbolAt(this.at + 1, '.'))
        throw this.wrong('ALL stands alone.', { hint: 'Say FROM ALL, or "ALL" in quotes for a collection of that name.' });
      targets.push(this.name('a collection or family'));
    } while (this.takeSymbol(','));
    return targets;
  }

  private clauses(mayHaveAlias: boolean): Select['clauses'] {
    const found: { [K in ClauseName]?: Clause<K> } = {};
    const set = <K extends ClauseName>(name: K, at: Span, parse: () => Clauses[K]): void => {
      if (found[name] !== undefined)
        throw new SqlError('E_DUP', `There are two clauses of this kind: ${titleOf(name)}.`, at, {
          hint: `Each stands once${JOINED.includes(name) ? '; join conditions by AND' : ''}.`,
        });
      (found as Record<ClauseName, unknown>)[name] = { is: parse(), at };
    };
    while (!this.isEnd() && !this.isSymbol(';')) {
      const { span } = this.token;
      if (this.takeWord('WHERE')) set('where', span, () => this.expression(() => this.predicate()));
      else if (this.takeWord('WHERE_DOCUMENT')) set('whereDocument', span, () => this.expression(() => this.documentPredicate()));
      else if (this.takeWord('USING')) set('using', span, () => this.using());
      else if (this.takeWord('SIMILARITY')) set('similarity', span, () => this.similarity());
      else if (this.takeWord('TOPK')) set('topK', span, () => this.count());
      else if (this.takeWord('FUSION'))
        set('fusion', span, () => ({ method: this.oneOf(['RRF', 'DBSF'], 'a way to join rankings'), options: this.optionsThere() }));
      else if (this.takeWord('RERANK')) set('rerank', span, () => this.rerank());
      else if (this.takeWord('GROUP')) set('groupBy', span, () => this.groupBy());
      else if (this.takeWord('HAVING')) set('having', span, () => this.expression(() => this.havingPredicate()));
      else if (this.takeWord('ORDER')) set('orderBy', span, () => this.orderBy());
      else if (this.takeWord('LIMIT')) set('limit', span, () => this.count());
      else if (this.takeWord('OFFSET')) set('offset', span, () => this.count());
      else if (this.takeWord('AFTER')) set('after', span, () => this.cursor());
      else if (this.takeWord('WITH')) {
        if (this.isSymbol('(')) set('options', span, () => this.options());
        else set('threshold', span, () => this.threshold());
      } else throw this.noClause(mayHaveAlias && Object.keys(found).length === 0);
    }
    return found;
  }

  private noClause(isAfterFrom: boolean): SqlError {
    const { token } = this;
    if (token.kind === 'word' && token.keyword !== undefined && NOT_HERE[token.keyword] !== undefined)
      return this.unsupported(`${token.keyword} is not part of this language.`, NOT_HERE[token.keyword] as string);
    const before = this.tokens[this.at - 1];
    if (isAfterFrom && (['-', '/', '.'].some((symbol) => this.isSymbol(symbol)) || (token.kind === 'param' && before?.span.end === token.span.start)))
      return this.wrong('A name ends here.', { hint: QUOTE_IT });
    if (this.isArithmetic() && before?.kind !== 'symbol') return this.arithmetic();
    const isName = isAfterFrom && (token.kind === 'quoted' || (token.kind === 'word' && !['FROM', 'SELECT', 'ALL'].includes(token.keyword ?? '')));
    return this.unexpected(['the end', ...CLAUSES], CLAUSES, isName ? { hint: `To give what is asked another name, say AS ${token.text}.` } : {});
  }

  // Conditions.

  private expression<Of>(predicate: () => Predicate<Of>): Expr<Of> {
    return this.joined('or', 'OR', () => this.joined('and', 'AND', () => this.unary(predicate)));
  }

  private joined<Of>(kind: 'and' | 'or', word: string, one: () => Expr<Of>): Expr<Of> {
    const items = [one()];
    while (this.takeWord(word)) items.push(one());
    const [first] = items as [Expr<Of>];
    return items.length === 1 ? first : { kind, items, span: { start: first.span.start, end: this.lastEnd } };
  }

  private unary<Of>(predicate: () => Predicate<Of>): Expr<Of> {
    const { token } = this;
    if (this.isWord('NOT')) {
      this.enter();
      this.advance();
      const item = this.unary(predicate);
      this.depth--;
      return { kind: 'not', item, span: { start: token.span.start, end: this.lastEnd } };
    }
    if (!this.isSymbol('(')) {
      if (++this.counted.predicates > SQL_LIMITS.predicates) throw this.tooMany('conditions', SQL_LIMITS.predicates);
      return predicate();
    }
    this.enter();
    this.advance();
    if (this.isWord('SELECT')) throw this.unsupported(...NO_SUBQUERIES);
    const inner = this.expression(predicate);
    this.expectSymbol(')', ['AND', 'OR']);
    this.depth--;
    return inner;
  }

  private enter(): void {
    if (++this.depth > SQL_LIMITS.nesting) throw this.tooMany('parentheses and NOTs inside each other', SQL_LIMITS.nesting);
  }

  private predicate(): Predicate<ColumnRef> {
    const { start } = this.token.span;
    this.refuseExpression();
    const of = this.column();
    if (this.isSymbol('(')) throw new SqlError('E_UNSUPPORTED', 'There are no functions in conditions.', of.span, { hint: 'Compare the column itself.' });
    return this.test(of, start);
  }

  /** What other SQL has on the left side of a condition. */
  private refuseExpression(): void {
    const { token } = this;
    const next = this.tokens[this.at + 1];
    if (token.kind === 'string' || token.kind === 'number' || token.kind === 'param')
      throw this.wrong('A condition begins with a column.', { expected: ['a column'], hint: 'The column stands on the left, the value on the right.' });
    if (token.kind !== 'word' || token.keyword === undefined) return;
    const isCalled = next?.kind === 'symbol' && next.text === '(';
    if (token.keyword === 'CASE' && next?.kind === 'word' && next.keyword === 'WHEN')
      throw this.unsupported('CASE is not part of this language.', IN_EXPRESSIONS.CASE as string);
    if (!isCalled) return;
    if ((AGGREGATES as readonly string[]).includes(token.keyword))
      throw this.unsupported('Aggregates are no conditions on rows.', 'Say HAVING for conditions on groups.');
    throw this.unsupported('There are no functions in conditions.', IN_EXPRESSIONS[token.keyword] ?? 'Compare the column itself.');
  }

  private documentPredicate(): Predicate<undefined> {
    const { span, kind } = this.token;
    const isNamed = this.takeWord('DOCUMENT');
    if (this.isWord('WHERE_DOCUMENT')) throw this.wrong('WHERE_DOCUMENT stands once.', { hint: 'Say it once, and join its tests by AND and OR.' });
    const { token } = this;
    const isTest = token.kind === 'word' && [...TEXT_WORDS, 'IS', ...(isNamed ? ['NOT'] : [])].includes(token.keyword ?? '');
    if (!isTest) {
      const hint = kind === 'word' || kind === 'quoted' ? 'WHERE_DOCUMENT tests the text only; conditions on columns stand in WHERE.' : undefined;
      throw this.unexpected(TEXT_WORDS, TEXT_WORDS, { hint });
    }
    return this.test(undefined, span.start);
  }

  private havingPredicate(): Predicate<Aggregate | Name> {
    const { start } = this.token.span;
    const of = this.aggregateThere() ?? this.name('an aggregate or the name of one');
    const { token } = this;
    const isTest = this.isWord('BETWEEN') || this.isArithmetic() || (token.kind === 'symbol' && [...COMPARISONS, '<>'].some((one) => one === token.text));
    if (!isTest) throw this.unexpected([...COMPARISONS, 'BETWEEN'], ['BETWEEN']);
    return this.test<Aggregate | Name>(of, start);
  }

  private test<Of>(of: Of, start: number): Predicate<Of> {
    const spanned = <P extends object>(found: P): P & { of: Of; span: Span } => ({ ...found, of, span: { start, end: this.lastEnd } });
    const comparison = this.comparisonThere();
    if (comparison !== undefined) return spanned({ kind: 'compare' as const, test: comparison, value: this.value() });
    if (this.takeWord('IS')) {
      const negated = this.takeWord('NOT');
      if (this.isWord('DISTINCT'))
        throw this.unsupported('IS DISTINCT FROM is not part of this language.', 'Say = or !=: a condition holds or does not, and nothing is unknown.');
      this.expectWord('NULL');
      return spanned({ kind: 'isNull' as const, negated });
    }
    const negated = this.takeWord('NOT');
    if (this.takeWord('IN')) return spanned({ kind: 'in' as const, negated, values: this.list() });
    if (this.takeWord('BETWEEN')) {
      const low = this.value();
      this.expectWord('AND');
      return spanned({ kind: 'between' as const, negated, low, high: this.value() });
    }
    const test = this.textTestThere();
    if (test !== undefined) return spanned({ kind: 'text' as const, negated, test, value: this.value() });
    if (this.isArithmetic()) throw this.arithmetic();
    if (OTHER_TESTS.some((word) => this.isWord(word))) throw this.unsupported('This test is not part of this language.', `There are ${TEXT_WORDS.join(', ')}.`);
    const tests = ['IN', 'BETWEEN', ...TEXT_WORDS];
    throw this.unexpected(negated ? tests : [...COMPARISONS, 'IS', 'NOT', ...tests], negated ? tests : ['IS', 'NOT', ...tests]);
  }

  private comparisonThere(): Comparison | undefined {
    const { token } = this;
    if (token.kind !== 'symbol') return undefined;
    const found = token.text === '<>' ? '!=' : COMPARISONS.find((one) => one === token.text);
    if (found !== undefined) this.advance();
    return found;
  }

  /** So a column whose name is that of a test can be tested. */
  private isValueAt(at: number): boolean {
    const token = this.tokens[at];
    if (token?.kind === 'word') return ['ANY', 'PHRASE', 'TRUE', 'FALSE', 'NULL', 'TIMESTAMP'].includes(token.keyword ?? '');
    return token !== undefined && token.kind !== 'symbol' && token.kind !== 'end';
  }

  private textTestThere(): TextTest | undefined {
    const { token } = this;
    if (token.kind !== 'word' || token.keyword === undefined || !TEXT_WORDS.includes(token.keyword)) return undefined;
    this.advance();
    if (token.keyword !== 'MATCH') return token.keyword as TextTest;
    if (this.takeWord('ANY')) return 'MATCH ANY';
    if (this.takeWord('PHRASE')) return 'MATCH PHRASE';
    if (this.token.kind === 'word' && this.isValueAt(this.at + 1)) throw this.unexpected(['a text'], []);
    return 'MATCH';
  }

  private list(): readonly Value[] | Param {
    if (this.token.kind === 'param') return this.param(this.token);
    this.expectSymbol('(');
    if (this.isWord('SELECT')) throw this.unsupported(...NO_SUBQUERIES);
    const values: Value[] = [];
    do {
      if (values.length === SQL_LIMITS.inValues) throw this.tooMany('values in one IN', SQL_LIMITS.inValues);
      values.push(this.value());
    } while (this.takeSymbol(','));
    this.expectSymbol(')', [',']);
    return values;
  }

  // What is looked for.

  private using(): Using {
    if (this.takeWord('EMBEDDING')) return this.embedding();
    if (!this.takeWord('HYBRID')) throw this.unexpected(['EMBEDDING', 'HYBRID'], ['EMBEDDING', 'HYBRID']);
    this.expectSymbol('(');
    if (!this.takeWord('DENSE')) {
      const query = this.query(['DENSE']);
      this.expectSymbol(')');
      return { kind: 'hybrid', dense: query, sparse: query };
    }
    const dense = this.query();
    this.expectSymbol(',');
    this.expectWord('SPARSE');
    const sparse = this.query();
    this.expectSymbol(')');
    return { kind: 'hybrid', dense, sparse };
  }

  private embedding(): Using {
    const batch = this.takeWord('BATCH');
    if (!this.isSymbol('('))
      throw this.unexpected(batch ? ['('] : ['(', 'BATCH'], batch ? [] : ['BATCH'], { hint: "What is looked for stands in parentheses: ( TEXT '…' )." });
    this.advance();
    const queries = [this.query()];
    while (batch && this.takeSymbol(',')) {
      if (queries.length === SQL_LIMITS.batch) throw this.tooMany('queries in one BATCH', SQL_LIMITS.batch);
      queries.push(this.query());
    }
    this.expectSymbol(')', batch ? [','] : []);
    const mergeBest = batch && this.takeWord('MERGE');
    if (mergeBest) this.expectWord('BEST');
    return { kind: 'embedding', queries, batch, mergeBest, on: this.takeWord('ON') ? this.name('a stored vector') : undefined };
  }

  private query(before: readonly string[] = []): Query {
    const { start } = this.token.span;
    if (this.takeWord('TEXT')) {
      const text = this.textOrParam();
      const model = this.takeWord('MODEL') ? this.string('the name of a model') : undefined;
      return { kind: 'text', text, model, span: { start, end: this.lastEnd } };
    }
    if (!this.takeWord('VECTOR')) throw this.unexpected([...before, 'TEXT', 'VECTOR'], [...before, 'TEXT', 'VECTOR']);
    const numbers = this.token.kind === 'param' ? this.param(this.token) : this.vector();
    return { kind: 'vector', numbers, span: { start, end: this.lastEnd } };
  }

  private vector(): (Literal & { kind: 'number' })[] {
    this.expectSymbol('[');
    const numbers: (Literal & { kind: 'number' })[] = [];
    do {
      const { token } = this;
      if (token.kind !== 'number') throw this.unexpected(['a number'], []);
      if (numbers.length === SQL_LIMITS.vector) throw this.tooMany('numbers in one vector', SQL_LIMITS.vector);
      numbers.push(token);
      this.advance();
    } while (this.takeSymbol(','));
    this.expectSymbol(']', [',']);
    return numbers;
  }

  private threshold(): Clauses['threshold'] {
    const spelling = THRESHOLDS.find(({ words: [first] }) => this.takeWord(first));
    if (spelling === undefined) throw this.unexpected(['MAX', 'MIN', 'SCORE', '('], ['MAX', 'MIN', 'SCORE']);
    const { words, kind, isOldSpelling } = spelling;
    this.expectWord(words[1]);
    return { kind, value: this.value(), isOldSpelling };
  }

  private similarity(): Clauses['similarity'] {
    const { span } = this.token;
    return { metric: this.oneOf(['COSINE', 'L2', 'IP'], 'a metric'), span };
  }

  private rerank(): Clauses['rerank'] {
    if (this.takeWord('BY')) {
      this.expectWord('MMR');
      return { kind: 'mmr', options: this.optionsThere() };
    }
    if (!this.takeWord('WITH')) throw this.unexpected(['BY MMR', 'WITH'], ['BY', 'WITH']);
    const model = this.string('the name of a model');
    return { kind: 'model', model, top: this.takeWord('TOP') ? this.count() : undefined };
  }

  private optionsThere(): Option[] {
    return this.isSymbol('(') ? this.options() : [];
  }

  private options(): Option[] {
    this.expectSymbol('(');
    const options: Option[] = [];
    do {
      const name = this.name('an option');
      this.expectSymbol('=');
      const { start } = this.token.span;
      const value = this.isSymbol('[') ? { kind: 'list' as const, numbers: this.vector(), span: { start, end: this.lastEnd } } : this.value();
      options.push({ name, value });
    } while (this.takeSymbol(','));
    this.expectSymbol(')', [',']);
    return options;
  }

  // Groups, order, pages.

  private groupBy(): Clauses['groupBy'] {
    this.expectWord('BY');
    const keys: Selected[] = [];
    do {
      if (keys.length === SQL_LIMITS.groupKeys) throw this.tooMany('keys in GROUP BY', SQL_LIMITS.groupKeys);
      keys.push(this.selected());
    } while (this.takeSymbol(','));
    return { keys, size: this.takeWord('SIZE') ? this.count() : undefined };
  }

  private orderBy(): SortKey[] {
    this.expectWord('BY');
    const keys: SortKey[] = [];
    do {
      if (keys.length === SQL_LIMITS.sortKeys) throw this.tooMany('keys in ORDER BY', SQL_LIMITS.sortKeys);
      const what = this.selected();
      const descending = this.takeWord('DESC') || (this.takeWord('ASC') && false);
      const nulls = this.takeWord('NULLS') ? (this.oneOf(['FIRST', 'LAST'], 'FIRST or LAST') === 'FIRST' ? 'first' : 'last') : undefined;
      keys.push({ what, descending, nulls });
    } while (this.takeSymbol(','));
    return keys;
  }

  private cursor(): Value {
    return this.textOrParam();
  }

  private selected(): Selected {
    return this.aggregateThere() ?? this.functionThere() ?? this.column();
  }

  private aggregateThere(): Aggregate | undefined {
    const name = this.calledThere(AGGREGATES);
    if (name === undefined) return undefined;
    const { start } = this.token.span;
    if (++this.counted.aggregates > SQL_LIMITS.aggregates) throw this.tooMany('aggregates', SQL_LIMITS.aggregates);
    this.advance();
    this.advance();
    const distinct = name === 'COUNT' && this.isWord('DISTINCT') && !this.isSymbolAt(this.at + 1, ')') && this.takeWord('DISTINCT');
    if (name !== 'COUNT' && this.isWord('DISTINCT') && this.tokens[this.at + 1]?.kind !== 'symbol')
      throw this.unsupported('Only COUNT takes DISTINCT.', 'GROUP BY gives each value once.');
    const of = name === 'COUNT' && !distinct && this.takeSymbol('*') ? undefined : this.column();
    if (this.isArithmetic())
      throw this.unsupported('There is no arithmetic in this language.', `Store what is to be counted as a field of its own. ${QUOTE_IT}`);
    this.expectSymbol(')');
    return { kind: 'aggregate', name, of, distinct, span: { start, end: this.lastEnd } };
  }

  private functionThere(): FunctionCall | undefined {
    const { token } = this;
    const name = this.calledThere(FUNCTIONS);
    if (name === undefined) {
      if (token.kind !== 'word' || !this.isSymbolAt(this.at + 1, '(')) return undefined;
      if (OTHER_FUNCTIONS.includes(token.keyword ?? '')) throw this.unsupported(`There is no ${token.text} in this language.`, WHAT_THERE_IS);
      const suggestion = nearestOf(token.text, [...AGGREGATES, ...FUNCTIONS]);
      throw new SqlError('E_NAME', `There is no function ${token.text}.`, token.span, { suggestion, expected: [...AGGREGATES, ...FUNCTIONS] });
    }
    this.advance();
    this.advance();
    const args: (ColumnRef | Value)[] = [];
    const columnAt = name === 'DATE_TRUNC' ? 1 : 0;
    do args.push(args.length === columnAt && this.token.kind === 'quoted' ? this.column() : (this.valueThere() ?? this.column()));
    while (this.takeSymbol(','));
    this.expectSymbol(')', [',']);
    return { kind: 'function', name, args, span: { start: token.span.start, end: this.lastEnd } };
  }

  private calledThere<W extends string>(names: readonly W[]): W | undefined {
    const { token } = this;
    if (token.kind !== 'word' || !this.isSymbolAt(this.at + 1, '(')) return undefined;
    return names.find((one) => one === token.keyword);
  }

  private column(): ColumnRef {
    const path = [this.name('a column')];
    while (this.takeSymbol('.')) path.push(this.name('a name'));
    const [first] = path as [Name];
    return { kind: 'column', path, span: { start: first.span.start, end: this.lastEnd } };
  }

  // Names and values.

  private name(what: string): Name {
    const { token } = this;
    if (token.kind !== 'word' && token.kind !== 'quoted') {
      const hint = token.kind === 'string' ? 'Names stand in double quotes, texts in single ones.' : undefined;
      throw this.unexpected([what], [], { hint });
    }
    this.advance();
    if (token.text === '') throw new SqlError('E_NAME', 'A name is empty.', token.span);
    return { text: token.text, quoted: token.kind === 'quoted', span: token.span };
  }

  private value(): Value {
    const value = this.valueThere();
    if (value !== undefined) return value;
    const { token } = this;
    if (token.kind === 'word' && token.keyword === 'INTERVAL')
      throw this.unsupported('There is no arithmetic with times.', 'Compute the time first, and send it as a parameter.');
    if (token.kind === 'word' && this.isSymbolAt(this.at + 1, '('))
      throw this.unsupported('There are no functions in conditions.', 'Compute the value first, and send it as a parameter.');
    if (token.kind === 'word' && token.keyword === 'TIMESTAMP') {
      this.advance();
      throw this.unexpected(["a text in quotes: '…'"], []);
    }
    if (token.kind === 'word') {
      const suggestion = this.isSymbolAt(this.at + 1, '.') ? undefined : nearestOf(token.text, ['TRUE', 'FALSE', 'NULL', 'TIMESTAMP']);
      const meant = suggestion === undefined ? '' : `Did you mean ${suggestion}? `;
      throw new SqlError('E_UNSUPPORTED', 'A column is compared with a value, not with another column.', token.span, {
        suggestion,
        hint: `${meant}If a text is meant, put it in quotes: '${token.text}'.`,
      });
    }
    this.refuseSubquery();
    throw this.unexpected(['a value'], []);
  }

  private valueThere(): Value | undefined {
    const { token } = this;
    if (token.kind === 'param') return this.param(token);
    if (token.kind === 'string' || token.kind === 'quoted') {
      this.advance();
      return { kind: 'string', value: token.text, span: token.span };
    }
    if (token.kind === 'number') {
      this.advance();
      return token;
    }
    if (token.kind !== 'word') return undefined;
    const { keyword, span } = token;
    if (keyword === 'TIMESTAMP') return this.timestamp();
    if (keyword !== 'TRUE' && keyword !== 'FALSE' && keyword !== 'NULL') return undefined;
    this.advance();
    return keyword === 'NULL' ? { kind: 'null', span } : { kind: 'bool', value: keyword === 'TRUE', span };
  }

  private timestamp(): Value | undefined {
    const { span } = this.token;
    const next = this.tokens[this.at + 1];
    if (next?.kind !== 'string' && next?.kind !== 'quoted') return undefined;
    this.advance();
    this.advance();
    return { kind: 'time', value: next.text, span: { start: span.start, end: next.span.end } };
  }

  private param(token: Token & { kind: 'param' }): Param {
    if (++this.counted.params > SQL_LIMITS.params) throw this.tooMany('parameters', SQL_LIMITS.params);
    this.advance();
    return token;
  }

  private count(): Value {
    const { token } = this;
    if (token.kind === 'param') return this.param(token);
    if (token.kind !== 'number') throw this.unexpected(['a whole number'], []);
    this.advance();
    return token;
  }

  private textOrParam(): Value {
    return this.token.kind === 'param' ? this.param(this.token) : this.string("a text in quotes: '…'");
  }

  private string(what: string): Literal & { kind: 'string' } {
    const { token } = this;
    if (token.kind !== 'string' && token.kind !== 'quoted') throw this.unexpected([what], []);
    this.advance();
    return { kind: 'string', value: token.text, span: token.span };
  }

  /** A word of a few. */
  private oneOf<W extends string>(words: readonly W[], what: string): W {
    const { token } = this;
    if (token.kind !== 'word') throw this.unexpected([...words], []);
    const found = words.find((word) => word.toLowerCase() === token.text.toLowerCase());
    if (found === undefined)
      throw new SqlError('E_NAME', `${token.text} is not ${what}.`, token.span, { suggestion: nearestOf(token.text, words), expected: words });
    this.advance();
    return found;
  }

  // Tokens.

  private get token(): Token {
    return this.tokens[this.at] as Token;
  }

  private get lastEnd(): number {
    return this.tokens[this.at - 1]?.span.end ?? 0;
  }

  private advance(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private isEnd(): boolean {
    return this.token.kind === 'end';
  }

  private isWord(word: string): boolean {
    return this.isWordAt(this.at, word);
  }

  private isWordAt(at: number, word: string): boolean {
    const token = this.tokens[at];
    return token?.kind === 'word' && token.keyword === word;
  }

  private takeWord(word: string): boolean {
    if (this.tried.at !== this.at) this.tried = { at: this.at, words: [] };
    this.tried.words.push(word);
    if (!this.isWord(word)) return false;
    this.advance();
    return true;
  }

  private expectWord(word: string): void {
    if (!this.takeWord(word)) throw this.unexpected([word], [word]);
  }

  private isSymbol(symbol: string): boolean {
    return this.isSymbolAt(this.at, symbol);
  }

  private isSymbolAt(at: number, symbol: string): boolean {
    const token = this.tokens[at];
    return token?.kind === 'symbol' && token.text === symbol;
  }

  private takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.advance();
    return true;
  }

  private expectSymbol(symbol: string, or: readonly string[] = []): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected([symbol, ...or], or);
  }

  private isArithmetic(): boolean {
    const { token } = this;
    if (token.kind === 'number') return this.tokens[this.at - 1]?.kind !== 'symbol'; // `a -1`
    return token.kind === 'symbol' && ['+', '-', '*', '/', '%', '|'].includes(token.text);
  }

  // Mistakes.

  private wrong(message: string, advice: Advice = {}): SqlError {
    return new SqlError('E_PARSE', message, this.token.span, advice);
  }

  /** `words` are those of what is expected that a word that stands there may have been meant for. */
  private unexpected(those: readonly string[], likely: readonly string[], advice: Advice = {}): SqlError {
    const { token } = this;
    const tried = this.tried.at === this.at ? this.tried.words : [];
    const [expected, words] = [those, likely].map((list) => [...new Set([...list, ...tried])]) as [string[], string[]];
    const isNamed = token.kind === 'word' || token.kind === 'symbol';
    const found = token.kind === 'end' ? 'The statement ends' : isNamed ? `${token.text} stands` : `A ${KINDS[token.kind]} stands`;
    const given = token.kind === 'word' ? token.text : undefined;
    const [, glued, number] = (given !== undefined && /^([A-Za-z_]+?)(\d+)$/.exec(given)) || [];
    if (glued !== undefined && words.includes(glued.toUpperCase()))
      return this.wrong(`${found} where ${expected[0]} is expected.`, {
        expected,
        suggestion: `${glued.toUpperCase()} ${number}`,
        hint: `Put a space: ${glued.toUpperCase()} ${number}.`,
      });
    const suggestion = given === undefined ? undefined : nearestOf(given, words);
    const { hint } = advice;
    return this.wrong(`${found} where ${listOf(expected)} is expected.`, {
      expected,
      suggestion,
      hint: suggestion === undefined ? hint : `Did you mean ${suggestion}?`,
    });
  }

  private unsupported(message: string, hint: string): SqlError {
    return new SqlError('E_UNSUPPORTED', message, this.token.span, { hint });
  }

  private arithmetic(): SqlError {
    return this.unsupported('There is no arithmetic in this language.', `Compute the value first, and send it as a parameter. ${QUOTE_IT}`);
  }

  private tooMany(what: string, most: number): SqlError {
    return new SqlError('E_LIMIT', `There are at most ${most} ${what}.`, this.token.span);
  }
}

const THRESHOLDS = [
  { words: ['MAX', 'DISTANCE'], kind: 'distance', isOldSpelling: false },
  { words: ['MIN', 'SCORE'], kind: 'score', isOldSpelling: false },
  { words: ['SCORE', 'THRESHOLD'], kind: 'distance', isOldSpelling: true },
] as const;

const TEXT_WORDS: readonly string[] = [...new Set(TEXT_TESTS.map((test) => test.split(' ')[0] as string))];
const KINDS = { quoted: 'text in quotes', string: 'text', number: 'number', param: 'parameter' } as const;

const listOf = (words: readonly string[]): string => (words.length > 4 ? `${words.slice(0, 3).join(', ')} or other words` : words.join(' or '));

/** Clauses of conditions. */
const JOINED: readonly ClauseName[] = ['where', 'whereDocument', 'having'];

const TITLES: Partial<Record<ClauseName, string>> = {
  whereDocument: 'WHERE_DOCUMENT',
  topK: 'TOPK',
  threshold: 'WITH MAX DISTANCE or MIN SCORE',
  groupBy: 'GROUP BY',
  orderBy: 'ORDER BY',
  options: 'WITH (…)',
};

const titleOf = (clause: ClauseName): string => TITLES[clause] ?? clause.toUpperCase();
