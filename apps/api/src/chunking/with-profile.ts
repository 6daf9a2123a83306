import { type Database, findChunkingProfile, type TenantScope } from '@cairn/common';
import type { IndexSettingsDto } from '../collections/collections.dto.js';
import { said, sizesOf } from './chunking-plan.js';

/** The settings with those of the profile that they name, if they name one. What they say themselves counts more. */
export async function withProfile<Dto extends IndexSettingsDto>(database: Database, scope: TenantScope, dto: Dto): Promise<Dto> {
  const { chunking_profile: name, ...rest } = dto;
  if (name === undefined || name === null) return dto;
  const own = said(rest);
  const { strategy, options } = await database.tenant(scope, (sql) => findChunkingProfile(sql, scope, name));
  const { chunk_size: _size, chunk_overlap: _overlap, ...config } = options;
  const isOther = own.chunking_strategy !== undefined && own.chunking_strategy !== strategy;
  const sizes = sizesOf(options);
  if (isOther) return { ...sizes, ...own } as Dto;
  return { ...sizes, ...own, chunking_strategy: strategy, chunking_config: { ...config, ...own.chunking_config } } as Dto;
}
