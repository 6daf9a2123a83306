import { type ModelDirectory, newId, validatorOf } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { CollectionSettingsDto } from '../collections/collections.dto.js';
import { indexSettingsOf } from '../collections/index-settings.js';
import { BUILT_IN_TEMPLATES, type Template } from './built-in-templates.js';
import { underTemplate } from './use-template.js';

const models = { list: async () => [] } as unknown as ModelDirectory;
const legal = BUILT_IN_TEMPLATES.find(({ name }) => name === 'legal') as Template;

describe('built-in templates', () => {
  it('K8: are named each once', () => {
    const names = BUILT_IN_TEMPLATES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['legal', 'codebase', 'knowledge_base', 'support', 'research_papers', 'transcripts']));
  });

  it.each([
    ['legal', 2_000, 400],
    ['codebase', 500, 100],
    ['knowledge_base', 1_000, 200],
  ])('K8: %s cuts as large as was asked for', (name, chunk_size, chunk_overlap) => {
    expect(BUILT_IN_TEMPLATES.find((one) => one.name === name)?.settings).toMatchObject({ chunk_size, chunk_overlap });
  });

  it.each(BUILT_IN_TEMPLATES.map((template) => [template.name, template] as const))('K8: %s is what a client could send', async (_name, { settings }) => {
    const check = validatorOf(CollectionSettingsDto, { from: 'body', unknownFields: 'refuse' });
    expect({ ...check(structuredClone(settings)) }).toEqual(settings);
    expect(await indexSettingsOf(settings, { collectionId: newId(), models })).toMatchObject({
      model: settings.embedding_model,
      chunkSize: settings.chunk_size,
      chunkOverlap: settings.chunk_overlap,
      chunkingStrategy: settings.chunking_strategy,
      chunkingConfig: settings.chunking_config ?? {},
    });
  });
});

describe('a collection under a template', () => {
  it('K8: has its settings, and what was asked for before them', () => {
    expect(underTemplate({ name: 'a', template: 'legal' }, legal.settings)).toEqual({ name: 'a', ...legal.settings });
    expect(underTemplate({ name: 'a', template: 'legal', quantization: 'int8', metadata: { a: 1 } }, legal.settings)).toEqual({
      name: 'a',
      ...legal.settings,
      quantization: 'int8',
      metadata: { a: 1 },
    });
  });

  it('K8: has no options of a strategy that it does not use, and no overlap of another size', () => {
    const { chunking_config: _options, ...others } = legal.settings;
    expect(underTemplate({ name: 'a', chunking_strategy: 'sentence' }, legal.settings)).toEqual({ ...others, name: 'a', chunking_strategy: 'sentence' });
    const { chunk_overlap: _overlap, ...sized } = legal.settings;
    expect(underTemplate({ name: 'a', chunk_size: 400 }, legal.settings)).toEqual({ ...sized, name: 'a', chunk_size: 400 });
  });
});
