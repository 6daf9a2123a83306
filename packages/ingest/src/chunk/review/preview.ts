import type { ParsedText } from '../../parsed-text.js';
import { type Chunk, type ChunkTools, collectChunks } from '../chunk.js';
import { type ChunkingPlan, makeChunker } from '../registry.js';
import { type ChunkStats, chunkStats } from './stats.js';

export interface ChunkPreview {
  plan: ChunkingPlan;
  /** The first of them. */
  chunks: Chunk[];
  /** Of all of them. */
  stats: ChunkStats;
}

/** What a plan would make of a text: the first chunks, and the statistics of all. */
export async function previewChunks(parsed: ParsedText, plan: ChunkingPlan, { tools, limit }: { tools: ChunkTools; limit: number }): Promise<ChunkPreview> {
  const chunks = await collectChunks(makeChunker(plan, tools), parsed);
  return { plan, chunks: chunks.slice(0, limit), stats: chunkStats(parsed.text, chunks) };
}

/** The same text by several plans, one after the other, in their order. Before each `rest` is awaited: it may let others work, or end this by throwing. */
export async function compareChunkings(
  parsed: ParsedText,
  plans: readonly ChunkingPlan[],
  { rest, ...given }: { tools: ChunkTools; limit: number; rest?: () => Promise<void> },
): Promise<ChunkPreview[]> {
  const previews: ChunkPreview[] = [];
  for (const plan of plans) {
    await rest?.();
    previews.push(await previewChunks(parsed, plan, given));
  }
  return previews;
}
