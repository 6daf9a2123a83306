import { type Database, type SampledTerms, type SparseVector, sampleTerms, sparseOf, type TenantScope } from '@cairn/common';
import { analyse, type Language, queryLanguages, queryVector, TermStatistics } from '@cairn/models/sparse';

/** Enough to know how rare a word is; counting them takes a fraction of a second. */
const SAMPLE = 20_000;
const PAGE = 500;
const FRESH_MS = 60_000;
/** Words that are remembered for all organisations together, some 50 bytes each. */
const MOST_WORDS = 2_000_000;
const FIRST = '00000000-0000-0000-0000-000000000000';

interface Counted {
  at: number;
  statistics: TermStatistics;
}

/** Words of a query, weighed by how rare they are in the texts of the one organisation that asks: what others store changes nobody's ranking. */
export class QueryWords {
  private readonly counted = new Map<string, Counted>();
  private readonly counting = new Map<string, Promise<Counted>>();

  constructor(private readonly database: Database) {}

  async query(scope: TenantScope, space: string, text: string): Promise<SparseVector> {
    const statistics = await this.statistics(scope, space);
    return queryVector(analyse(text, queryLanguages(text, statistics.languages)), statistics);
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

  // A page at a time, so that other queries are answered in between.
  private async count(scope: TenantScope, space: string): Promise<Counted> {
    const statistics = new TermStatistics();
    let page: SampledTerms[] = [];
    do {
      const after = page.at(-1)?.pointId ?? FIRST;
      page = await this.database.tenant(scope, (sql) => sampleTerms(sql, scope, space, after, PAGE));
      for (const { terms, language } of page)
        statistics.add({ indices: sparseOf(terms).indices, ...(language === null ? {} : { language: language as Language }) });
    } while (page.length === PAGE && statistics.documents < SAMPLE);
    return { at: performance.now(), statistics };
  }

  private remember(name: string, counted: Counted): void {
    this.counted.delete(name);
    this.counted.set(name, counted);
    let words = 0;
    for (const { statistics } of this.counted.values()) words += statistics.terms;
    for (const [oldest, { statistics }] of this.counted) {
      if (words <= MOST_WORDS || oldest === name) break;
      this.counted.delete(oldest);
      words -= statistics.terms;
    }
  }
}
