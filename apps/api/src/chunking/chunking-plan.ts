import { findChunkingProfile, type Sql, type TenantScope } from '@cairn/common';
import { chunkingOptions } from '@cairn/ingest/prepare';
import type { ChunkingDto } from './chunking.dto.js';

/** A plan whose options were checked. */
export interface CheckedPlan {
  strategy: string;
  options: Record<string, unknown>;
}

type Sizes = Pick<ChunkingDto, 'chunk_size' | 'chunk_overlap'>;

/** The fields that were sent; of a DTO the others may be there as undefined, and null says nothing either. */
export function said<T extends object>(dto: T): T {
  return Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== undefined && value !== null)) as T;
}

export function sizesOf({ chunk_size, chunk_overlap }: Sizes): Sizes {
  return said({ chunk_size, chunk_overlap } as Sizes);
}

/** What a request comes to: the profile first, then what it says itself. Of another strategy than the profile's only sizes are taken over. Throws for wrong options. */
export async function planOf(sql: Sql, scope: TenantScope, { profile, strategy, config = {}, chunk_size, chunk_overlap }: ChunkingDto): Promise<CheckedPlan> {
  const kept = profile === undefined ? { strategy: 'auto', options: {} } : await findChunkingProfile(sql, scope, profile);
  const isOther = strategy !== undefined && strategy !== kept.strategy;
  const sizes = sizesOf({ chunk_size, chunk_overlap } as Sizes);
  const plan = { strategy: strategy ?? kept.strategy, options: { ...(isOther ? sizesOf(kept.options) : kept.options), ...config, ...sizes } };
  chunkingOptions(plan);
  return plan;
}
