import { type Access, CairnError, DependencyError, type ModelDirectory, type NamedIndex, type SparseVector, type TenantScope } from '@cairn/common';
import { type ModelName, resolveCollectionModel, resolveComparingModel } from '@cairn/models/catalogue';
import { type Ask, type BoundQuery, type Ranking, type Span, SqlError } from '@cairn/retrieval/sql';
import { knowledgeBy, type Languages } from '../collections/lane-weights.js';
import type { QueryWords } from '../query-words.js';
import type { TextEmbedder } from '../text-embedder.js';

/** One question in one way, as a space compares it. */
export interface Way {
  lane: 'dense' | 'sparse';
  question: number;
  /** How much of the question the model of the space can know. */
  knowledge: number;
  vector: Float32Array | SparseVector;
  /** The model that did not read the question to its end. */
  cutBy?: string;
}

/** The questions of a statement, made into what models compare. */
export class RowQuestions {
  constructor(
    private readonly embedder: TextEmbedder,
    private readonly words: QueryWords,
    private readonly models: ModelDirectory,
  ) {}

  /** Finds every mistake that has to do with models, before anything is embedded. Answers how many pairs of a model and a text there are. */
  async check(query: BoundQuery, indexes: readonly NamedIndex[]): Promise<number> {
    const ranking = query.ranking as Ranking;
    const metric = ranking.metric;
    if (metric !== undefined && metric.metric !== 'COSINE')
      throw new SqlError('E_METRIC', `The collections compare vectors by COSINE, not by ${metric.metric}.`, metric.span, {
        hint: 'Say SIMILARITY COSINE, or leave it out.',
      });
    const ids = [...new Set(indexes.map(({ model }) => model))];
    if (ids.length > 1 && ranking.fusion?.method !== 'RRF')
      throw new SqlError(
        'E_MODEL_MIX',
        `The collections were embedded by ${ids.length} models, ${ids.join(' and ')}: their distances cannot be compared.`,
        firstSpan(query),
        {
          hint: 'Say FUSION RRF to merge them by rank, or ask collections of one model.',
        },
      );
    const models = await Promise.all(ids.map((id) => this.modelOf(id)));
    for (const ask of ranking.questions) for (const model of models) await this.checkAsk(ask, model);
    await this.checkReranker(ranking.rerank);
    const texts = new Set(ranking.questions.flatMap((ask) => (ask.kind === 'text' ? [ask.text] : [])));
    return texts.size * models.length;
  }

  /** What is looked for by words, the same in every space; undefined where nothing is. */
  wordsOf({ scope }: Access, query: BoundQuery, spaces: readonly string[]): Promise<Words> | undefined {
    const { sparse } = query.ranking as Ranking;
    return sparse?.kind === 'text' ? this.weighed(scope, sparse.text, spaces) : undefined;
  }

  /** Each question in each way, for a space of this model. */
  async of(access: Access, query: BoundQuery, { model: id }: NamedIndex, words: Promise<Words> | undefined): Promise<Way[][]> {
    const { questions } = query.ranking as Ranking;
    const model = await this.modelOf(id);
    return Promise.all(
      questions.map(async (ask, question) => {
        const dense = this.dense(access, ask, model, words);
        const ways = await Promise.all([
          dense,
          ...(words === undefined ? [] : [words.then(({ vector }) => ({ lane: 'sparse' as const, knowledge: 1, vector }))]),
        ]);
        return ways.map((way) => ({ ...way, question }));
      }),
    );
  }

  private async dense({ scope }: Access, ask: Ask, model: ModelName, words: Promise<Words> | undefined): Promise<Omit<Way, 'question'>> {
    if (ask.kind === 'vector') return { lane: 'dense', knowledge: 1, vector: normalised(ask.numbers) };
    const [{ vector, tokens }, counted] = await Promise.all([this.embedder.query(scope.orgId, model, ask.text), words]);
    const knowledge = knowledgeBy(model, { text: ask.text, tokens }, counted?.languages ?? []);
    return { lane: 'dense', knowledge, vector, ...((await this.isCut(model, tokens)) ? { cutBy: model.id } : {}) };
  }

  private async weighed(scope: TenantScope, text: string, spaces: readonly string[]): Promise<Words> {
    const counts = await this.words.counts(scope, spaces, [text]);
    return { languages: counts.languages, vector: (await this.words.vectors([text], counts))[0] as SparseVector };
  }

  private async checkAsk(ask: Ask, model: ModelName): Promise<void> {
    if (ask.kind === 'vector') {
      if (ask.numbers.length === model.dimension) return;
      throw new SqlError('E_TYPE', `The vector has ${ask.numbers.length} numbers, and those of ${model.id} have ${model.dimension}.`, ask.span);
    }
    if (ask.model === undefined) return;
    const message = `The collections were embedded by ${model.id}, and the query is to be by ${ask.model}.`;
    const mixed = new SqlError('E_MODEL_MIX', message, ask.span, { hint: 'Leave MODEL out.' });
    if ((await named(this.modelOf(ask.model), () => mixed)).id !== model.id) throw mixed;
  }

  private async checkReranker(rerank: Ranking['rerank']): Promise<void> {
    if (rerank?.kind !== 'model') return;
    const model = resolveComparingModel(rerank.model, () => this.models.list());
    await named(model, (why) => new SqlError('E_NAME', why, rerank.span));
  }

  /** Whether a text is longer than the model reads. */
  private async isCut(model: ModelName, tokens: number): Promise<boolean> {
    const most = (await this.models.list()).find(({ id }) => id === model.id)?.maxTokens;
    return most !== undefined && tokens > most;
  }

  private modelOf(id: string): Promise<ModelName> {
    return resolveCollectionModel(id, () => this.models.list());
  }
}

/** A model that a statement names: that there is none is a mistake of the statement, and an outage is none. */
async function named<M>(model: Promise<M>, mistake: (why: string) => SqlError): Promise<M> {
  try {
    return await model;
  } catch (error) {
    throw error instanceof CairnError && !(error instanceof DependencyError) ? mistake(error.message) : error;
  }
}

/** The words of a question, and the languages of the texts that they were weighed by. */
export interface Words {
  languages: Languages;
  vector: SparseVector;
}

function firstSpan({ targets }: BoundQuery): Span | undefined {
  return targets[0]?.span;
}

/** Of length 1, as stored vectors are: only its direction counts. */
function normalised(numbers: readonly number[]): Float32Array {
  const length = Math.hypot(...numbers) || 1;
  return Float32Array.from(numbers, (number) => number / length);
}
