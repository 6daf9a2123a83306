import {
  CairnError,
  DependencyError,
  type ExampleChunk,
  floatsOf,
  type ModelDirectory,
  modelSpaceOf,
  type ServingIndex,
  type SparseVector,
} from '@cairn/common';
import { resolveCollectionModel, spaceOf } from '@cairn/models/catalogue';
import type { KnownSpaces } from '../known-spaces.js';
import type { QueryWords, WordCounts } from '../query-words.js';
import type { TextEmbedder } from '../text-embedder.js';
import { timed } from '../timed.js';
import { askSpaces, atLeastSoon } from './ask-spaces.js';
import { without } from './failed-collections.js';
import { goWithout } from './hypothesis-writer.js';
import { knowledgeBy } from './lane-weights.js';
import type { Context } from './search-context.js';
import type { Lane } from './search-plan.js';

/** One question as one space compares it. */
export interface Asked {
  lane: Lane;
  question: number;
  /** How much of the question the model of the space can know. */
  knowledge: number;
  vector: Float32Array | SparseVector;
}

/** What is asked of the spaces. */
export interface Questions {
  /** Each question in each way. Not of spaces that failed. */
  bySpace: ReadonlyMap<string, Asked[][]>;
  exampleIds: ReadonlySet<string>;
  /** What words were weighed by; undefined where no space has its questions. */
  words: WordCounts | undefined;
}

const EARLIER_MS = 500;

/** The words of all questions: the same for every space, so that what they find there can be compared. */
interface Words {
  counts: WordCounts;
  vectors: SparseVector[];
}

/** Where nothing is looked for by words, nobody has to know how frequent they are. */
const NO_WORDS: Words = { counts: { documents: 0, languages: [], containing: [] }, vectors: [] };

interface InSpace {
  space: string;
  model: string;
  words: Promise<Words>;
  /** When the space has to have answered, by the clock of `performance`. */
  until: number;
}

/** Makes the questions of a search into what each space compares. */
export class SpaceQuestions {
  constructor(
    private readonly spaces: KnownSpaces,
    private readonly embedder: TextEmbedder,
    private readonly words: QueryWords,
    private readonly models: ModelDirectory,
  ) {}

  async of(context: Context, indexes: readonly ServingIndex[], examples: readonly ExampleChunk[]): Promise<Questions> {
    const left = without(indexes, context.failures);
    const modelOf = new Map(left.map(({ space, model }) => [space, model]));
    const counted = this.wordsOf(context, spacesOf(left), examples);
    counted.catch(() => undefined); // the spaces say so
    const ask = (space: string, until: number) => this.ofSpace(context, { space, model: modelOf.get(space) as string, words: counted, until }, examples);
    const asked = await askSpaces(spacesOf(left), ask, { ...context, answersBy: atLeastSoon(context.questionsBy) });
    if (context.hypothesis && isLackedByOne(asked)) goWithout(context, 'not_embedded');
    const bySpace = context.hypothesis ? asked : withoutHypothesis(asked);
    const words = bySpace.size === 0 ? undefined : (await counted).counts;
    return { bySpace, exampleIds: new Set(examples.map(({ chunkId }) => chunkId)), words };
  }

  private async wordsOf({ access, plan, before, timings }: Context, spaces: readonly string[], examples: readonly ExampleChunk[]): Promise<Words> {
    if (!plan.lanes.includes('sparse')) return NO_WORDS;
    const texts = [...plan.texts, ...examples.map(({ text }) => text)];
    return timed(timings, 'words', async () => {
      const counts = before.words ?? (await this.words.counts(access.scope, spaces, texts));
      return { counts, vectors: await this.words.vectors(texts, counts) };
    });
  }

  private async ofSpace(context: Context, inSpace: InSpace, examples: readonly ExampleChunk[]): Promise<Asked[][]> {
    const { plan } = context;
    if (!(await this.spaces.has(inSpace.space))) return [];
    const texts = plan.texts.map((text, question) => this.askedOf(context, inSpace, { text, question }));
    const likeExamples = examples.map((example, at) => this.askedOf(context, inSpace, { text: example.text, example, question: plan.texts.length + at }));
    const asked = await Promise.all([...texts, ...likeExamples, this.hypothesisOf(context, inSpace)]);
    return asked.filter((ways) => ways.length > 0);
  }

  // A further page would be another one without.
  private async hypothesisOf(context: Context, { model: id, until }: InSpace): Promise<Asked[]> {
    const { plan, hypothesis, timings, questionsBy, signal } = context;
    if (!hypothesis) return [];
    const model = await resolveCollectionModel(id, () => this.models.list());
    // Given up before the space is: the question may have been embedded long since.
    const latest = Math.min(until, atLeastSoon(questionsBy)) - EARLIER_MS;
    const patience = { deadlineMs: Math.max(1, Math.round(latest - performance.now())), signal };
    try {
      const { vector } = await timed(timings, 'embed', () => this.embedder.document(model, hypothesis.text, patience));
      return [{ lane: 'hyde', question: 0, knowledge: 1, vector }];
    } catch (error) {
      if (!isLack(error) || plan.cursor !== undefined) throw error;
      return [];
    }
  }

  private async askedOf(
    { access, plan, timings }: Context,
    { space, model: id, words }: InSpace,
    { text, example, question }: { text: string; example?: ExampleChunk; question: number },
  ): Promise<Asked[]> {
    const { scope } = access;
    const model = await resolveCollectionModel(id, () => this.models.list());
    if (plan.lanes.includes('dense') && spaceOf(model) !== modelSpaceOf(space)) throw otherVersion(id);
    const dense = async (): Promise<Asked> => {
      if (example !== undefined && modelSpaceOf(example.space) === modelSpaceOf(space))
        return { lane: 'dense', question, knowledge: 1, vector: floatsOf(example.vector) };
      const [{ vector, tokens }, { counts }] = await Promise.all([timed(timings, 'embed', () => this.embedder.query(scope.orgId, model, text)), words]);
      return { lane: 'dense', question, knowledge: knowledgeBy(model, { text, tokens }, counts.languages), vector };
    };
    const sparse = async (): Promise<Asked> => ({ lane: 'sparse', question, knowledge: 1, vector: (await words).vectors[question] as SparseVector });
    return Promise.all(plan.lanes.map((lane) => (lane === 'dense' ? dense() : sparse())));
  }
}

/** No worker could embed the passage, or the model refuses it: it may be far longer than the question is. */
const isLack = (error: unknown): boolean => error instanceof DependencyError || (error instanceof CairnError && error.code === 'invalid_input');

// What is lost in one space is looked for in none: rankings of different questions are not joined.
function isLackedByOne(bySpace: Questions['bySpace']): boolean {
  return [...bySpace.values()].some((asked) => asked.length > 0 && asked.flat().every(({ lane }) => lane !== 'hyde'));
}

function withoutHypothesis(bySpace: Questions['bySpace']): Questions['bySpace'] {
  return new Map([...bySpace].map(([space, asked]) => [space, asked.filter(([way]) => way?.lane !== 'hyde')]));
}

export const spacesOf = (indexes: readonly ServingIndex[]): string[] => [...new Set(indexes.map(({ space }) => space))];

function otherVersion(model: string): CairnError {
  return new CairnError(
    'model_not_installed',
    `The collection was embedded by another version of ${model} than the one that is installed. Reindex it, or install that version.`,
  );
}
