import { CairnError, listTemplates, readTemplate, type Sql, type TenantScope } from '@cairn/common';
import type { CollectionSettingsDto, CreateCollectionDto } from '../collections/collections.dto.js';
import { BUILT_IN_TEMPLATES } from './built-in-templates.js';

const NAMES_SHOWN = 20;

/** The settings of a built-in template, or of one of the organisation. */
export async function settingsOfTemplate(sql: Sql, scope: TenantScope, name: string): Promise<CollectionSettingsDto> {
  const template = BUILT_IN_TEMPLATES.find((one) => one.name === name) ?? (await readTemplate(sql, scope, name));
  if (template === undefined) throw unknownTemplate(name, await listTemplates(sql, scope));
  return template.settings;
}

/** Names as many of them as somebody reads. */
function unknownTemplate(name: string, own: { name: string }[]): CairnError {
  const names = [...BUILT_IN_TEMPLATES, ...own].slice(0, NAMES_SHOWN).map((one) => JSON.stringify(one.name));
  const message = `There is no template ${JSON.stringify(name)}. Templates here: ${names.join(', ')}. GET /api/v2/collection-templates says what is in each.`;
  return new CairnError('invalid_input', message, { errors: [{ path: 'template', message: 'is no template' }] });
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
