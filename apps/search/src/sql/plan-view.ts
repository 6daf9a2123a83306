import {
  type BoundQuery,
  DEFAULTS,
  filterText,
  formatSql,
  isEveryRow,
  nameOfField,
  type OrderKey,
  type Ranking,
  type RouteValues,
  type RowFilter,
  type Scalar,
} from '@cairn/retrieval/sql';
import type { FailedTarget, Prepared } from './prepared.js';
import { candidatesOf } from './row-search.js';
import { isExact } from './rows-asked.js';
import type { StatementRun } from './statement-run.js';

interface Known {
  /** Pairs of a model and a text. */
  texts: number;
  run: StatementRun;
  failed: readonly FailedTarget[];
}

/** What a statement does, or would do. */
export function planView({ statement, query, routed, indexes, isFolded, fetch }: Prepared, { texts, run, failed }: Known): object {
  const { ranking } = query;
  const filter = split(query.filter);
  const limit = query.limit ?? (query.mode === 'filter' || query.mode === 'aggregate' ? DEFAULTS.limit[query.mode] : null);
  const asked = ranking === undefined ? query.offset + (limit as number) : Math.max(fetch, candidatesOf({ query, k: ranking.k }));
  const isRun = query.explain === 'analyze' && !isFolded;
  const lanes = ranking === undefined || isFolded ? [] : query.mode === 'hybrid' ? ['dense', 'sparse'] : ['dense'];
  const narrowing = (isExact(query.filter) ? 0 : 1) + (ranking === undefined || isEveryRow(query.filter) ? 0 : 1);
  const spaces = new Set(indexes.map(({ space }) => space)).size;
  return {
    statement: formatSql({ ...statement, explain: 'none' }),
    mode: query.mode,
    route: routed.route.map((one) => ({ ...one, values: one.values && valuesOf(one.values) })),
    targets: indexes.map(({ collectionId, collectionName: collection, model }) => ({
      collection,
      engine: ranking === undefined ? 'postgres' : 'qdrant',
      model,
      fetch: asked,
      filter,
      why: whyOf(routed),
      ...(isRun ? { ...run.of(collectionId), ...errorOf(failed, collection) } : {}),
    })),
    pruned: routed.pruned.map(({ collection, why }) => ({ collection: collection.name, why })),
    lanes,
    rerank: rerankText(ranking?.rerank),
    merge: indexes.length > 1 ? (ranking === undefined ? 'one statement of Postgres asks all of them' : mergeText(query)) : null,
    order: query.order.map(orderText),
    ...{ k: ranking?.k ?? null, limit, offset: query.offset },
    embed: texts === 0 || isFolded ? [] : [...new Set(indexes.map(({ model }) => model))].map((model, _, models) => ({ model, texts: texts / models.length })),
    cost: {
      embed_texts: isFolded ? 0 : texts,
      backend_calls: isFolded ? 0 : narrowing + (ranking === undefined ? 1 : spaces * lanes.length * ranking.questions.length),
      rows_at_most: isFolded && query.mode !== 'aggregate' ? 0 : rowsAtMost(query, limit),
      residual_scan: filter.residual !== null,
    },
    warnings: [...query.warnings, ...routed.warnings],
    ...(isRun ? { ms: run.timings } : {}),
  };
}

/** Each once; null for rows that have none. */
function valuesOf(values: readonly RouteValues[]): (Scalar | null)[] {
  return [...new Set(values.flatMap((some): readonly (Scalar | null)[] => (some.length === 0 ? [null] : some)))];
}

function rerankText(rerank: Ranking['rerank']): string | null {
  return rerank === undefined ? null : rerank.kind === 'mmr' ? 'mmr' : rerank.model;
}

/** Of a BATCH each query has as many, and of a group so many are shown. */
function rowsAtMost({ ranking }: BoundQuery, limit: number | null): number | null {
  if (ranking === undefined) return limit;
  const lists = ranking.isBatch && !ranking.mergesBest ? ranking.questions.length : 1;
  return (limit ?? ranking.k) * (ranking.groupSize ?? 1) * lists;
}

function errorOf(failed: readonly FailedTarget[], name: string): { error?: string } {
  const failure = failed.find(({ collection }) => collection === name);
  return failure === undefined ? {} : { error: failure.code };
}

/** What the stores are asked, and what each row that they find is looked at for. */
function split(filter: RowFilter): { pushed: string | null; residual: string | null } {
  const parts = filter.kind === 'all' ? filter.of : [filter];
  const text = (of: readonly RowFilter[]) => (of.length === 0 ? null : filterText({ kind: 'all', of }));
  return { pushed: text(parts.filter(isExact)), residual: text(parts.filter((part) => !isExact(part))) };
}

function whyOf({ route }: Prepared['routed']): string {
  const decided = route.find(({ decision }) => decision === 'some');
  return decided?.field === undefined ? 'Nothing leaves it out.' : `Rows of it can have ${decided.field} as the statement asks.`;
}

function mergeText({ mode, ranking }: BoundQuery): string {
  return mode === 'hybrid' || ranking?.fusion !== undefined ? 'by rank, after each ranking was merged' : 'by distance';
}

function orderText({ what, descending, nullsFirst }: OrderKey): string {
  const name = what.kind === 'field' ? nameOfField(what.field) : 'name' in what ? what.name.toLowerCase() : what.kind;
  return `${name}${descending ? ' DESC' : ''} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
}
