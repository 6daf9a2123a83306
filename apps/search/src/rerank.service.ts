import { DependencyError, type Logger, type ModelDirectory, type RerankAnswer, type RerankDto } from '@cairn/common';
import { type AnyModelName, BUILT_IN_MODEL, resolveComparingModel } from '@cairn/models/catalogue';
import { messageParts } from './message-parts.js';
import type { TextEmbedder } from './text-embedder.js';

// So many of the longest texts were measured to take a reranker of 12 layers 7 s on two busy cores: a part is in time on a slow machine too.
const PART_TEXTS = 16;
const PART_DEADLINE_MS = 30_000;

type Warning = NonNullable<RerankAnswer['warnings']>[number];

interface Comparison {
  /** The model that made the scores. */
  model: AnyModelName;
  scores: number[];
  warnings: Warning[];
}

interface RerankTask {
  query: string;
  documents: string[];
  signal: AbortSignal;
  /** By the clock of `performance`; each part has its own patience besides. */
  mustEndBy?: number;
}

/** Orders texts for a query: by a reranker, or by late interaction, where every word of the query looks for its own place in each text. */
export class RerankService {
  constructor(
    private readonly embedder: TextEmbedder,
    private readonly models: ModelDirectory,
    private readonly logger: Logger,
  ) {}

  /** Stops, and lets the workers stop, when the signal is aborted. */
  async rerank({ query, documents, model: label, top_n, return_documents }: RerankDto, signal: AbortSignal): Promise<RerankAnswer> {
    const asked = await resolveComparingModel(label, () => this.models.list());
    const { model, scores, warnings } = await this.compare(asked, { query, documents, signal });
    const ordered = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
    const results = ordered.slice(0, top_n).map((index) => ({
      index,
      relevance_score: scores[index] as number,
      ...(return_documents ? { document: { text: documents[index] as string } } : {}),
    }));
    return { object: 'list', model: model.id, results, ...(warnings.length > 0 ? { warnings } : {}) };
  }

  /** How well each text answers the query: by the model of that name, or by a reranker that is installed, or else by the built-in model. */
  async scoresOf(task: RerankTask, label: string | undefined): Promise<Comparison> {
    const listed = await this.models.list();
    const installed = label === undefined ? listed.find(({ kind }) => kind === 'reranker')?.id : label;
    return this.compare(await resolveComparingModel(installed, async () => listed), task);
  }

  /** By this model and no other. */
  async scoresBy(id: string, task: RerankTask): Promise<Comparison> {
    const model = await resolveComparingModel(id, () => this.models.list());
    return { model, scores: await this.scores(model, task), warnings: [] };
  }

  /** An order by the built-in model is worth more than none; the caller is told. */
  private async compare(model: AnyModelName, task: RerankTask): Promise<Comparison> {
    try {
      return { model, scores: await this.scores(model, task), warnings: [] };
    } catch (error) {
      if (model.kind !== 'reranker' || !(error instanceof DependencyError)) throw error;
      this.logger.warn({ model: model.id, error: (error as Error).message }, 'a reranker did not answer, and texts are ordered by late interaction');
      const scores = await this.scores(BUILT_IN_MODEL, task);
      return { model: BUILT_IN_MODEL, scores, warnings: [failureOf(model)] };
    }
  }

  private async scores(model: AnyModelName, { query, documents, signal, mustEndBy = Number.POSITIVE_INFINITY }: RerankTask): Promise<number[]> {
    const scores: number[] = [];
    for (const part of messageParts(documents, PART_TEXTS)) {
      const deadlineMs = Math.min(PART_DEADLINE_MS, Math.round(mustEndBy - performance.now()));
      if (deadlineMs <= 0) throw new DependencyError('model', `The model ${model.id} did not compare the texts in time.`);
      scores.push(...(await this.embedder.compare(model, query, part, { deadlineMs, signal })));
    }
    return scores;
  }
}

function failureOf({ id }: AnyModelName): Warning {
  const message = `The reranker ${id} did not answer. The texts are ordered by late interaction of ${BUILT_IN_MODEL.id} instead, whose scores go from -1 to 1. Try again in a moment.`;
  return { code: 'reranker_failed', message };
}
