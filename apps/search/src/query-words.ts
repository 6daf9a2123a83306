import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Database, isStatementTimeout, type Logger, type SampledTerms, type SparseVector, sampleTerms, sparseOf, type TenantScope } from '@cairn/common';
import { inverseDocumentFrequency, type Language, SummedStatistics, TermStatistics, TextWords } from '@cairn/models/sparse';

/** Enough texts, or words, to know how rare a word is; counting them takes a fraction of a second. */
const MOST_TEXTS = 20_000;
const MOST_WORDS_OF_ONE = 250_000;
/** A page of the longest texts takes 50 MB; the next one has about so many bytes. */
const FIRST_PAGE = 50;
const LARGEST_PAGE = 500;
const PAGE_BYTES = 2_000_000;
const WORDS_PER_TURN = 50_000;
const FRESH_MS = 60_000;
/** Words that are remembered for all organisations together, some 50 bytes each. */
const MOST_WORDS = 2_000_000;
/** What is remembered of an organisation takes more than its words. */
const LEAST_WORDS = 1_000;

interface Counted {
  at: number;
  statistics: TermStatistics;
}

/** What the words of some questions are weighed by. */
export interface WordCounts {
  /** So many texts were counted. */
  documents: number;
  /** Those of the texts, the most frequent first. */
  languages: readonly Language[];
  /** For each question, how many of the texts have each of its words. */
  containing: readonly (readonly number[])[];
}

/** Words of a query, weighed by how rare they are in the texts of the one organisation that asks: what others store changes nobody's ranking. */
export class QueryWords {
  private readonly counted = new Map<string, Counted>();
  private readonly texts = new TextWords();
  private readonly counting = new Map<string, Promise<Counted>>();

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  async query(scope: TenantScope, space: string, text: string): Promise<SparseVector> {
    const counts = await this.counts(scope, [space], [text]);
    return (await this.vectors([text], counts))[0] as SparseVector;
  }

  /** What these questions are weighed by in all of the spaces, so that what they find there can be compared. */
  async counts(scope: TenantScope, spaces: readonly string[], questions: readonly string[]): Promise<WordCounts> {
    const statistics = new SummedStatistics(await Promise.all(spaces.map((space) => this.statistics(scope, space))));
    const { documents, languages } = statistics;
    const weights = await Promise.all(questions.map((text) => this.texts.queryWeights(text, languages)));
    return { documents, languages, containing: weights.map(({ indices }) => Array.from(indices, (index) => statistics.containing(index))) };
  }

  /** The questions by their words; the same counts make the same vectors. */
  vectors(questions: readonly string[], { documents, languages, containing }: WordCounts): Promise<SparseVector[]> {
    const vectors = questions.map(async (text, question) => {
      const { indices, weights } = await this.texts.queryWeights(text, languages);
      const rarity = (at: number) => inverseDocumentFrequency(documents, containing[question]?.[at] ?? 0);
      return { indices, values: Float32Array.from(weights, (weight, at) => weight * rarity(at)) };
    });
    return Promise.all(vectors);
  }

  // Only the first query of an organisation waits; old counts are good enough until there are new ones.
  private async statistics(scope: TenantScope, space: string): Promise<TermStatistics> {
    const name = `${scope.orgId}/${space}`;
    const known = this.counted.get(name);
    if (known && performance.now() - known.at < FRESH_MS) return known.statistics;
    const counting = this.counting.get(name) ?? this.begin(name, scope, space);
    if (!known) return (await counting).statistics;
    counting.catch(() => undefined); // the next query tries again
    return known.statistics;
  }

  private begin(name: string, scope: TenantScope, space: string): Promise<Counted> {
    const counting = this.count(scope, space).finally(() => this.counting.delete(name));
    this.counting.set(name, counting);
    return counting.then((counted) => {
      this.remember(name, counted);
      return counted;
    });
  }

  // What could be counted before Postgres gave up is better than nothing; without any of it all words weigh the same.
  private async count(scope: TenantScope, space: string): Promise<Counted> {
    const statistics = new TermStatistics();
    try {
      await this.countInto(statistics, scope, space);
    } catch (error) {
      if (!isStatementTimeout(error)) throw error;
      this.logger.warn({ orgId: scope.orgId, space, texts: statistics.documents }, 'the words of an organisation could not all be counted in time');
    }
    return { at: performance.now(), statistics };
  }

  private async countInto(statistics: TermStatistics, scope: TenantScope, space: string): Promise<void> {
    let page: SampledTerms[] = [];
    let size = FIRST_PAGE;
    do {
      const after = page.at(-1)?.textHash ?? Buffer.alloc(0);
      const asked = size;
      page = await this.database.tenant(scope, (sql) => sampleTerms(sql, scope, space, after, asked));
      await addAll(statistics, page);
      const bytes = page.reduce((sum, { terms }) => sum + terms.byteLength, 0);
      size = Math.max(1, Math.min(LARGEST_PAGE, Math.floor((PAGE_BYTES * page.length) / Math.max(1, bytes))));
      if (page.length < asked) return;
    } while (statistics.documents < MOST_TEXTS && statistics.terms < MOST_WORDS_OF_ONE);
  }

  private remember(name: string, counted: Counted): void {
    this.counted.delete(name);
    this.counted.set(name, counted);
    let words = 0;
    for (const one of this.counted.values()) words += sizeOf(one);
    for (const [oldest, one] of this.counted) {
      if (words <= MOST_WORDS || oldest === name) break;
      this.counted.delete(oldest);
      words -= sizeOf(one);
    }
  }
}

const sizeOf = ({ statistics }: Counted): number => LEAST_WORDS + statistics.terms;

/** In turns, so that other queries are answered in between. */
async function addAll(statistics: TermStatistics, page: SampledTerms[]): Promise<void> {
  let words = 0;
  for (const { terms, language } of page) {
    const { indices } = sparseOf(terms);
    statistics.add({ indices, ...(language === null ? {} : { language: language as Language }) });
    words += indices.length;
    if (words < WORDS_PER_TURN) continue;
    words = 0;
    await nextTurn();
  }
}
