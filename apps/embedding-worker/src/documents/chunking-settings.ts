import type { ChunkingPlan, ChunkingStrategy } from '@cairn/ingest/prepare';

/** How the documents of a collection are cut and embedded. */
export interface ChunkingSettings {
  /** The id of the model whose tokens are counted. */
  model: string;
  strategy: ChunkingStrategy;
  chunkSize: number;
  /** The chunker's own where it is left out. */
  chunkOverlap?: number;
  /** The options that only this strategy has. */
  config: Record<string, unknown>;
  /** Whether title and headings are embedded with each chunk. */
  embedContext: boolean;
  ocr?: boolean;
  /** Those that scans may be in. */
  languages?: string[];
}

const mostOverlap = (chunkSize: number): number => Math.floor(chunkSize / 2);

/** The settings as the chunkers take them. Clients of before could ask for an overlap of more than half of the size: it is cut to that. */
export function planOf({ strategy, chunkSize, chunkOverlap, config }: ChunkingSettings): ChunkingPlan {
  const overlap = chunkOverlap === undefined ? {} : { chunk_overlap: Math.min(chunkOverlap, mostOverlap(chunkSize)) };
  return { strategy, options: { ...config, chunk_size: chunkSize, ...overlap } };
}

/** What people are told of settings that are not followed to the letter. */
export function warningsOf({ chunkSize, chunkOverlap = 0 }: ChunkingSettings): string[] {
  const most = mostOverlap(chunkSize);
  return chunkOverlap <= most ? [] : [`chunk_overlap is ${chunkOverlap}; ${most} was used, because at most half of chunk_size (${chunkSize}) can be repeated.`];
}
