import { CairnError } from '@cairn/common';
import { ndcgOf, precisionOf, type Relevance, recallOf, reciprocalRankOf } from '@cairn/retrieval';

const DEFAULT = ['ndcg@10', 'recall@100', 'mrr'];
const MOST = 1_000;
const NAME = /^(ndcg|recall|precision|p)@(\d{1,4})$/;

/** One number for a ranking. */
export interface Metric {
  name: string;
  /** How many of the first it looks at. */
  depth: number;
  of(ranking: readonly string[], relevance: Relevance): number;
}

const AT = { ndcg: ndcgOf, recall: recallOf, precision: precisionOf, p: precisionOf } as const;

/** Each once, however often it is named. */
export function metricsOf(names: readonly string[] = DEFAULT): Metric[] {
  const metrics = names.map((name, at) => metricOf(name) ?? unknownMetric(name, at));
  return [...new Map(metrics.map((metric) => [metric.name, metric])).values()];
}

function metricOf(name: string): Metric | undefined {
  if (name === 'mrr') return { name, depth: MOST, of: reciprocalRankOf };
  const [, kind, digits] = NAME.exec(name) ?? [];
  const depth = Number(digits);
  if (kind === undefined || depth < 1 || depth > MOST) return undefined;
  return { name, depth, of: (ranking, relevance) => AT[kind as keyof typeof AT](ranking, relevance, depth) };
}

function unknownMetric(name: string, at: number): never {
  const message = `is ${JSON.stringify(name)}; there are ndcg@k, recall@k, precision@k, p@k (k from 1 to ${MOST}) and mrr`;
  throw new CairnError('invalid_input', `metrics[${at}] ${message}.`, { errors: [{ path: `metrics[${at}]`, message }] });
}
