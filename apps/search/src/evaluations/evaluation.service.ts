import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Access,
  addEvaluation,
  CairnError,
  type CollectionSearchDto,
  type ConfigurationDto,
  type Database,
  type EvaluationDto,
  evaluationAnswer,
  type Judgment,
  keptAnswer,
  type NewEvaluation,
  once,
  readJudgments,
  requestInFlight,
  type Sql,
  servingIndexes,
  type TenantScope,
} from '@cairn/common';
import { type Estimate, estimateOf, type Relevance } from '@cairn/retrieval';
import type { CollectionSearchService } from '../collections/collection-search.service.js';
import { planOf } from '../collections/search-plan.js';
import { inPlace } from '../named-place.js';
import { type Metric, metricsOf } from './metrics.js';

const ROUTE = 'POST /api/v2/evaluations';
const MOST_SEARCHES = 2_000;
/** Of these; a language model may take seconds for each, and the api waits five minutes. */
const MOST_HYDE_SEARCHES = 200;
const AT_ONCE = 4;
/** What MRR looks at, where no metric looks deeper: what comes later adds less than a hundredth. */
const DEPTH_OF_MRR = 100;

/** One configuration: each metric for each question, in the order of the questions. */
interface Measured {
  name: string;
  values: ReadonlyMap<string, number[]>;
  searchMs: number[];
  /** How many searches warned of each thing. */
  warnings: ReadonlyMap<string, number>;
}

/** Searches for what people judged, in several ways, and says how well each found it. */
export class EvaluationService {
  /** Organisations and keys of what is being measured. */
  private readonly underWay = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly searches: CollectionSearchService,
  ) {}

  async evaluate(access: Access, dto: EvaluationDto, { idempotencyKey: key, signal }: { idempotencyKey: string | undefined; signal: AbortSignal }) {
    if (key !== undefined) return this.onceByKey(access, dto, { key, signal });
    const evaluation = await this.evaluated(access, dto, signal);
    return this.database.tenant(access.scope, (sql) => added(sql, access.scope, evaluation));
  }

  /** With a key that was sent before nothing is measured again, and by one process not twice at once. */
  private async onceByKey(access: Access, dto: EvaluationDto, { key, signal }: { key: string; signal: AbortSignal }): Promise<unknown> {
    const { scope, userId, collections } = access;
    // An answer tells what is in the collections of who asked: it is for nobody who may read others.
    const request = { route: ROUTE, key, content: [userId, collections ?? null, dto] };
    const name = `${scope.orgId} ${key}`;
    if (this.underWay.has(name)) throw requestInFlight(key);
    this.underWay.add(name);
    try {
      const kept = await keptAnswer(this.database, scope, request);
      if (kept) return kept.body;
      const evaluation = await this.evaluated(access, dto, signal);
      return (await once(this.database, scope, request, async (sql) => ({ status: 201, body: await added(sql, scope, evaluation) }))).body;
    } finally {
      this.underWay.delete(name);
    }
  }

  private async evaluated(access: Access, dto: EvaluationDto, signal: AbortSignal): Promise<NewEvaluation> {
    const { scope } = access;
    const { judgment_set_id: judgmentSetId, configurations } = dto;
    const metrics = metricsOf(dto.metrics);
    assertNamesDiffer(configurations);
    for (const [at, configuration] of configurations.entries())
      await inPlace(placeOf(at), () => planOf({ ...searchOf(configuration), query: configuration.name }));
    const [judgments, indexes] = await this.database.tenant(scope, async (sql) => [
      await readJudgments(sql, scope, judgmentSetId),
      await servingIndexes(sql, access, dto.collection_uuids ?? dto.collection_ids),
    ]);
    const questions = questionsOf(judgments);
    assertFew(questions.size, configurations);
    const collectionIds = indexes.map(({ collectionId }) => collectionId);
    const measured: Measured[] = [];
    for (const [at, configuration] of configurations.entries())
      measured.push(await inPlace(placeOf(at), () => this.measure(access, { configuration, collectionIds, questions, metrics }, signal)));
    return { judgmentSetId, collectionIds, result: await resultOf(measured, questions.size) };
  }

  private async measure(
    access: Access,
    asked: { configuration: ConfigurationDto; collectionIds: string[]; questions: ReadonlyMap<string, Relevance>; metrics: readonly Metric[] },
    signal: AbortSignal,
  ): Promise<Measured> {
    const { configuration, collectionIds, questions, metrics } = asked;
    const { name } = configuration;
    const depths = metrics.map((metric) => (metric.name === 'mrr' ? DEPTH_OF_MRR : metric.depth));
    const search = { ...searchOf(configuration), collection_uuids: collectionIds, group_by: 'document', k: Math.max(...depths) } as const;
    const values = new Map(metrics.map((metric) => [metric.name, [] as number[]]));
    const searchMs: number[] = [];
    const warnings = new Map<string, number>();
    const left = [...questions];
    while (left.length > 0) {
      const some = left.splice(0, AT_ONCE);
      const rankings = await Promise.all(some.map(([query]) => this.ranking(access, { ...search, query }, { name, signal, searchMs, warnings })));
      for (const [at, [, relevance]] of some.entries())
        for (const metric of metrics) values.get(metric.name)?.push(metric.of(rankings[at] as string[], relevance));
    }
    return { name, values, searchMs, warnings };
  }

  /** A document that is in several collections under one name counts where it is first. */
  private async ranking(
    access: Access,
    dto: CollectionSearchDto,
    { name, signal, searchMs, warnings }: { name: string; signal: AbortSignal; searchMs: number[]; warnings: Map<string, number> },
  ): Promise<string[]> {
    signal.throwIfAborted();
    const answer = await this.searches.search(access, dto, signal);
    if (answer.partial_failure) throw notWhole();
    if (dto.use_reranker && !answer.reranking_used) throw notReranked(name);
    searchMs.push(answer.total_time_ms);
    for (const warning of answer.warnings) warnings.set(warning, (warnings.get(warning) ?? 0) + 1);
    return [...new Set(answer.results.map(({ external_id: externalId }) => externalId))];
  }
}

const placeOf = (at: number): string => `configurations[${at}]`;

/** What of a configuration decides what is found. */
function searchOf({
  name: _name,
  offset: _offset,
  cursor: _cursor,
  queries: _queries,
  example_ids: _examples,
  highlight: _highlight,
  explain: _explain,
  include_parent: _parent,
  ...search
}: ConfigurationDto): CollectionSearchDto {
  return search;
}

/** With the numbers of a search without it, a reranker would look as if it changed nothing. */
function notReranked(name: string): CairnError {
  const detail = `No worker can rerank the hits of the configuration ${JSON.stringify(name)} right now, so nothing was measured. Try again in a moment.`;
  return new CairnError('unavailable', detail, { retryAfterSeconds: 2 });
}

/** What a collection would have found cannot be told, so nothing is measured. */
function notWhole(): CairnError {
  return new CairnError('unavailable', 'Not all of the collections can be searched right now, so nothing was measured. Try again in a moment.', {
    retryAfterSeconds: 2,
  });
}

function questionsOf(judgments: readonly Judgment[]): Map<string, Map<string, number>> {
  const questions = new Map<string, Map<string, number>>();
  for (const { query, externalId, relevance } of judgments) {
    const known = questions.get(query) ?? new Map<string, number>();
    questions.set(query, known.set(externalId, relevance));
  }
  return questions;
}

async function resultOf(measured: readonly Measured[], queries: number): Promise<Record<string, unknown>> {
  const [first, ...others] = measured as [Measured, ...Measured[]];
  const configurations: object[] = [];
  const comparisons: object[] = [];
  for (const one of measured) {
    const metrics = await each(one, (_, numbers) => estimateOf(numbers));
    const warnings = [...one.warnings].map(([warning, searches]) => `${warning} (${searches} of ${queries} searches)`);
    configurations.push({ name: one.name, metrics, search_ms_p50: middleOf(one.searchMs), warnings });
  }
  for (const one of others) {
    const metrics = await each(one, (name, numbers) => compared(numbers, first.values.get(name) as number[]));
    comparisons.push({ configuration: one.name, against: first.name, metrics });
  }
  return { queries, configurations, comparisons };
}

/** An interval of thousands of questions takes some hundredths of a second: the searches of others go on in between. */
async function each<T>({ values }: Measured, of: (name: string, numbers: number[]) => T): Promise<Record<string, T>> {
  const made: Record<string, T> = {};
  for (const [name, numbers] of values) {
    made[name] = of(name, numbers);
    await nextTurn();
  }
  return made;
}

/** Question by question, so that hard questions are hard for both. */
function compared(ours: readonly number[], theirs: readonly number[]): Estimate & { significant: boolean } {
  const estimate = estimateOf(ours.map((value, at) => value - (theirs[at] as number)));
  const [low, high] = estimate.ci95;
  return { ...estimate, significant: low > 0 || high < 0 };
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function assertFew(questions: number, configurations: readonly ConfigurationDto[]): void {
  const hyde = configurations.filter(({ use_hyde }) => use_hyde).length;
  assertAtMost(MOST_SEARCHES, questions * configurations.length, 'searches');
  assertAtMost(MOST_HYDE_SEARCHES, questions * hyde, 'searches with use_hyde');
}

function assertAtMost(most: number, searches: number, what: string): void {
  if (searches <= most) return;
  throw new CairnError(
    'invalid_input',
    `These questions and configurations are ${searches} ${what}; at most ${most} are made at once. Take fewer configurations, or a smaller set.`,
    { errors: [{ path: 'configurations', message: `make ${searches} ${what}, at most ${most} are made` }] },
  );
}

function assertNamesDiffer(configurations: readonly ConfigurationDto[]): void {
  const names = configurations.map(({ name }) => name);
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice < 0) return;
  const message = `is ${JSON.stringify(names[twice])}, as another one is`;
  throw new CairnError('invalid_input', `configurations[${twice}].name ${message}.`, { errors: [{ path: `configurations[${twice}].name`, message }] });
}

const added = async (sql: Sql, scope: TenantScope, evaluation: NewEvaluation) => evaluationAnswer(await addEvaluation(sql, scope, evaluation));
