import { CairnError, readTemplate, type Sql, type TenantScope } from '@cairn/common';
import type { CollectionSettingsDto, CreateCollectionDto } from '../collections/collections.dto.js';
import { BUILT_IN_TEMPLATES } from './built-in-templates.js';

/** The settings of a built-in template, or of one of the organisation. */
export async function settingsOfTemplate(sql: Sql, scope: TenantScope, name: string): Promise<CollectionSettingsDto> {
  const template = BUILT_IN_TEMPLATES.find((one) => one.name === name) ?? (await readTemplate(sql, scope, name));
  if (template === undefined)
    throw new CairnError('invalid_input', 'There is no template of this name. GET /api/v2/collection-templates lists them.', {
      errors: [{ path: 'template', message: 'is no template' }],
    });
  return template.settings;
}

/** What was asked for, and where nothing was said what the template says. What belongs to a setting goes with it. */
export function underTemplate({ template: _, ...asked }: CreateCollectionDto, { chunking_config, chunk_overlap, ...settings }: CollectionSettingsDto) {
  const own = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined && value !== null)) as Omit<CreateCollectionDto, 'template'>;
  const isCutOtherwise = own.chunking_strategy !== undefined && own.chunking_strategy !== settings.chunking_strategy;
  const isOfOtherSize = own.chunk_size !== undefined && own.chunk_size !== settings.chunk_size;
  return {
    ...settings,
    ...(isCutOtherwise || chunking_config === undefined ? {} : { chunking_config }),
    ...(isOfOtherSize || chunk_overlap === undefined ? {} : { chunk_overlap }),
    ...own,
  };
}
