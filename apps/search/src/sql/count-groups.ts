import { isDeepStrictEqual } from 'node:util';
import { MetadataPlace, type Sql, type SqlParameters } from '@cairn/common';
import type { BoundQuery, BoundSelected, Field, Having } from '@cairn/retrieval/sql';
import { isScalar, placeBytes, placeOfOnce } from './json-sql.js';
import type { ListedRows, Slice } from './list-rows.js';
import { isOfChunk, ROW_COLUMNS, ROWS } from './row-columns.js';
import { testSql } from './row-condition.js';
import { directed, UPWARDS } from './row-order.js';
import type { Rows } from './rows-asked.js';
import { NOTHING_FOUND, SelectedSql } from './selected-sql.js';

type Counted = Pick<BoundQuery, 'outputs' | 'order' | 'groupBy' | 'having'>;
type AggregateOf = BoundSelected & { kind: 'aggregate' };

/** Groups of rows and what is counted of each, in their order. What has no value is a group; of a list each element is. */
export async function countGroups(sql: Sql, rows: Rows, counted: Counted, { limit, offset }: Slice): Promise<Pick<ListedRows, 'rows'> & { hasMore: boolean }> {
  const groups = new Groups(rows.parameters, counted);
  const items = counted.outputs.map(({ what }, at) => `${groups.value(what)} AS o${at}`);
  const having = counted.having === undefined ? '' : `WHERE ${groups.having(counted.having)}`;
  const order = groups.order(counted.order);
  const [most, from] = [limit + 1, offset].map((count) => `${rows.parameters.add(count)}::bigint`);
  const text = `WITH parts AS (${groups.parts(rows.where)}), groups AS (${groups.grouped()})
    SELECT ${items.join(', ')} FROM groups ${having} ORDER BY ${order} LIMIT ${most} OFFSET ${from}`;
  const found = await sql.rows<Record<string, unknown>>(text, rows.values);
  const kept = found.slice(0, limit);
  return { rows: kept.map((row) => counted.outputs.map((_, at) => row[`o${at}`])), hasMore: found.length > kept.length };
}

/** What is counted stands for `n` rows. */
const ALL_OF_THEM = 'coalesce(sum(n), 0)';

/** One aggregate: what each row gives to it, and what is made of that. */
interface Aggregation {
  what: AggregateOf;
  inputs: string[];
  made: string;
  /** As JSON, of `made`. */
  value: (made: string) => string;
}

class Groups {
  private readonly selected: SelectedSql;
  private readonly keys: readonly BoundSelected[];
  private readonly aggregations: Aggregation[] = [];
  /** Metadata are asked for, and nothing in which the rows of one document differ: it is looked at once, and not as often as it has rows. */
  private readonly looksAtDocuments: boolean;

  constructor(
    private readonly parameters: SqlParameters,
    { outputs, order, groupBy, having }: Counted,
  ) {
    this.selected = new SelectedSql(parameters, NOTHING_FOUND);
    this.keys = groupBy.map(({ what }) => what);
    for (const what of [...outputs.map((output) => output.what), ...order.map((key) => key.what), ...(having ? testedIn(having) : [])])
      if (what.kind === 'aggregate' && this.indexOf(what) < 0) this.aggregations.push(this.aggregation(what, this.aggregations.length));
    const fields = [...this.keys, ...this.aggregations.flatMap(({ what }) => (what.of === undefined ? [] : [what]))].map(fieldIn);
    this.looksAtDocuments = fields.some((field) => field?.kind === 'metadata') && !fields.some(isOfEachRow);
  }

  /** What is looked at, and for how many rows each stands, for each group that it is in. */
  parts(where: string): string {
    const [from, n, condition] = this.looksAtDocuments ? [ofDocuments(where), 'ch.n', 'TRUE'] : [ROWS, '1', where];
    const columns = [`${n} AS n`, ...this.keys.map((_, at) => `g${at}.value AS g${at}`), ...this.aggregations.flatMap(({ inputs }) => inputs)];
    return `SELECT ${columns.join(', ')} FROM ${from} ${this.selected.joinedGroups(this.keys)} WHERE ${condition}`;
  }

  grouped(): string {
    const keys = this.keys.map((_, at) => `g${at}`);
    const columns = [...keys, `${ALL_OF_THEM} AS total`, ...this.aggregations.map(({ made }, at) => `${made} AS a${at}`)];
    return `SELECT ${columns.join(', ')} FROM parts GROUP BY ${keys.length === 0 ? '()' : keys.join(', ')}`;
  }

  /** As JSON. */
  value(what: BoundSelected): string {
    if (what.kind === 'aggregate') {
      const at = this.indexOf(what);
      return (this.aggregations[at] as Aggregation).value(`a${at}`);
    }
    return `g${this.keys.findIndex((key) => isDeepStrictEqual(key, what))}`;
  }

  order(order: BoundQuery['order']): string {
    const asked = order.map(({ what, descending, nullsFirst }) => directed(placeOfOnce(this.value(what)), { descending, nullsFirst }));
    const usual = order.length === 0 ? ['total DESC'] : [];
    return [...asked, ...usual, ...this.keys.map((key) => directed(placeOfOnce(this.value(key)), UPWARDS)), '1'].join(', ');
  }

  having(having: Having): string {
    if (having.kind === 'not') return `(${this.having(having.of)} IS NOT TRUE)`;
    if (having.kind !== 'test') return `(${having.of.map((part) => this.having(part)).join(having.kind === 'all' ? ' AND ' : ' OR ') || 'TRUE'})`;
    const place = new MetadataPlace(`jsonb_build_object('value', ${this.value(having.what)})`, ['value'], this.parameters);
    return `(${testSql(having.test, place)})`;
  }

  private indexOf(what: AggregateOf): number {
    return this.aggregations.findIndex((known) => isDeepStrictEqual(known.what, what));
  }

  private aggregation(what: AggregateOf, at: number): Aggregation {
    const json = (made: string) => `to_jsonb(${made})`;
    if (what.of === undefined) return { what, inputs: [], made: ALL_OF_THEM, value: json };
    const { of } = what;
    const each = this.selected.each(of);
    const input = (sql: string, name = `i${at}`) => `${sql} AS ${name}`;
    const isNumber = (value: string) => `jsonb_typeof(${value}) = 'number'`;
    const number = (value: string) => `(${value} #>> '{}')::numeric`;
    const one = (made: (value: string) => string, several: string) => this.selected.ofOne(of, made, several);
    const sum = () =>
      one(
        (value) => `CASE WHEN ${isNumber(value)} THEN ${number(value)} END`,
        `(SELECT sum(${number('value')}) FROM ${each} AS present WHERE ${isNumber('value')})`,
      );
    switch (what.name) {
      case 'COUNT':
        if (what.distinct && of.kind === 'column')
          return { what, inputs: [input(ROW_COLUMNS[of.name].column(''))], made: `count(DISTINCT i${at})`, value: json };
        if (what.distinct) return this.distinct(what, at, each);
        return {
          what,
          inputs: [input(one(() => 'TRUE', `EXISTS (SELECT FROM ${each} AS present)`))],
          made: `coalesce(sum(n) FILTER (WHERE i${at}), 0)`,
          value: json,
        };
      case 'SUM':
        return { what, inputs: [input(sum())], made: `sum(i${at} * n)`, value: json };
      case 'AVG': {
        const count = one((value) => `(${isNumber(value)})::int`, `(SELECT count(*)::int FROM ${each} AS present WHERE ${isNumber('value')})`);
        return { what, inputs: [input(sum()), input(count, `n${at}`)], made: `sum(i${at} * n) / nullif(sum(n${at}::bigint * n), 0)`, value: json };
      }
      default: {
        // The place in front makes the order, and the value behind it is what was there.
        const name = what.name.toLowerCase();
        const placed = (value: string) => `(encode(${placeBytes(value)}, 'hex') || ' ' || (${value})::text) COLLATE "C"`;
        const best = `(SELECT ${name}(${placed('value')}) FROM ${each} AS present WHERE ${isScalar('value')})`;
        return {
          what,
          inputs: [input(one(placed, best))],
          made: `${name}(i${at} COLLATE "C")`,
          value: (made) => `substr(${made}, strpos(${made}, ' ') + 1)::jsonb`,
        };
      }
    }
  }

  /** Rows with the same list of values give it once. */
  private distinct(what: AggregateOf, at: number, each: string): Aggregation {
    return {
      what,
      inputs: [
        `${this.selected.ofOne(what.of as Field, (value) => `jsonb_build_array(${value})`, `(SELECT jsonb_agg(DISTINCT value) FROM ${each} AS present)`)} AS i${at}`,
      ],
      made: `jsonb_agg(DISTINCT i${at}) FILTER (WHERE i${at} IS NOT NULL)`,
      value: (made) =>
        `(SELECT to_jsonb(count(DISTINCT item)) FROM jsonb_array_elements(${made}) AS lists(list), jsonb_array_elements(lists.list) AS items(item))`,
    };
  }
}

function testedIn(having: Having): BoundSelected[] {
  if (having.kind === 'test') return [having.what];
  return having.kind === 'not' ? testedIn(having.of) : having.of.flatMap(testedIn);
}

/** The documents that have such rows, and how many of them. */
function ofDocuments(where: string): string {
  return `(SELECT ch.index_id, ch.document_id, count(*)::integer AS n FROM ${ROWS} WHERE ${where} GROUP BY ch.index_id, ch.document_id) AS ch
    JOIN documents d ON d.org_id = $1 AND d.id = ch.document_id`;
}

/** Undefined for a part of the text. */
function fieldIn(what: BoundSelected): Field | undefined {
  if (what.kind === 'aggregate') return what.of;
  return 'field' in what ? what.field : undefined;
}

const isOfEachRow = (field: Field | undefined): boolean => field === undefined || (field.kind === 'column' && isOfChunk(field.name));
