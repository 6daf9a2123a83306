import { type Access, CairnError, DependencyError, type ModelDirectory, type ServingIndex, scopeOfPrincipal } from '@cairn/common';
import { BUILT_IN_MODEL, type ModelName, spaceOf } from '@cairn/models/catalogue';
import { describe, expect, it } from '@jest/globals';
import type { KnownSpaces } from '../known-spaces.js';
import type { QueryWords } from '../query-words.js';
import type { TextEmbedder } from '../text-embedder.js';
import { contextOf } from './search-context.js';
import { planOf } from './search-plan.js';
import { SpaceQuestions } from './space-questions.js';

const HYPOTHESIS = { text: 'A passage.', model: 'a-model', ms: 1 };
const INSTALLED = { ...BUILT_IN_MODEL, id: 'installed', aliases: [] };
const MODELS = [BUILT_IN_MODEL, INSTALLED];
const access = { scope: scopeOfPrincipal({ orgId: '01890a5d-ac96-774b-bcce-b302099a8057' } as never) } as Access;
const indexes = MODELS.map((model) => ({ collectionId: model.id, collectionName: model.id, space: spaceOf(model), model: model.id }) as ServingIndex);

type Mode = 'query' | 'document';

/** What each space is asked, and what the caller is told, where some models embed nothing, or no documents. */
async function asked(lost: { [id: string]: Mode[] }, { cursor }: { cursor?: string } = {}) {
  const one = async (model: ModelName, mode: Mode) => {
    if (lost[model.id]?.includes(mode)) throw new DependencyError('model', 'No worker.');
    return { vector: new Float32Array(1), tokens: 3 };
  };
  const embedder = { query: (_: string, model: ModelName) => one(model, 'query'), document: (model: ModelName) => one(model, 'document') };
  const words = { counts: async () => ({ documents: 0, languages: [], containing: [[]] }), vectors: async () => [{ indices: [], values: [] }] };
  const spaces = { has: async () => true };
  const questions = new SpaceQuestions(
    spaces as unknown as KnownSpaces,
    embedder as unknown as TextEmbedder,
    words as unknown as QueryWords,
    { list: async () => [INSTALLED] } as unknown as ModelDirectory,
  );
  const plan = planOf({ query: 'what?', use_hyde: true, ...(cursor === undefined ? {} : { cursor }) });
  const context = contextOf(access, plan, { before: { offset: 0, floor: 1, hypothesis: HYPOTHESIS }, signal: new AbortController().signal, waitedMs: 0 });
  const { bySpace } = await questions.of(context, indexes, []);
  const lanes = Object.fromEntries(
    MODELS.map((model) => [
      model.id,
      bySpace
        .get(spaceOf(model))
        ?.flat()
        .map(({ lane }) => lane),
    ]),
  );
  return { lanes, failures: [...context.failures.values()], warnings: context.warnings, hypothesis: context.hypothesis };
}

const [A, B] = MODELS.map(({ id }) => id) as [string, string];
const PLAIN = ['dense', 'sparse'];
const ALL = [...PLAIN, 'hyde'];

describe('Q12: a made-up passage', () => {
  it('is looked for in every space', async () => {
    expect(await asked({})).toEqual({ lanes: { [A]: ALL, [B]: ALL }, failures: [], warnings: [], hypothesis: HYPOTHESIS });
  });

  it('is looked for in none, where one that answers cannot embed it', async () => {
    const { lanes, warnings, hypothesis } = await asked({ [B]: ['document'] });
    expect({ lanes, hypothesis }).toEqual({ lanes: { [A]: PLAIN, [B]: PLAIN }, hypothesis: null });
    expect(warnings).toEqual([expect.stringMatching(/^hyde_unavailable: /)]);
  });

  it('stays where a space fails that could not have been searched anyway', async () => {
    const { lanes, failures, warnings } = await asked({ [B]: ['query', 'document'] });
    expect({ lanes, warnings }).toEqual({ lanes: { [A]: ALL, [B]: undefined }, warnings: [] });
    expect(failures).toHaveLength(1);
  });

  it('is not gone without on a further page: that would be one of another order', async () => {
    const { lanes, failures, warnings } = await asked({ [B]: ['document'] }, { cursor: 'x' });
    expect({ lanes, warnings }).toEqual({ lanes: { [A]: ALL, [B]: undefined }, warnings: [] });
    expect(failures[0]).toBeInstanceOf(CairnError);
  });
});
