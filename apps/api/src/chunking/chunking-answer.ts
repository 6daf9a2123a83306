import type { ChunkingProfileView } from '@cairn/common';
import { type Chunk, type ChunkPreview, type ChunkStats, describeChunkers, type Recommendation } from '@cairn/ingest/prepare';

/** What a plan makes of a text, in the words of the wire. */
export function previewAnswer({ plan, chunks, stats }: ChunkPreview): object {
  return { strategy: plan.strategy, config: plan.options ?? {}, chunk_count: stats.chunks, chunks: chunks.map(chunkAnswer), stats: statsAnswer(stats) };
}

function chunkAnswer({ headingPath, pageStarts, ...chunk }: Chunk): object {
  return {
    ...chunk,
    ...(chunk.page === undefined || pageStarts === undefined ? {} : { page_end: chunk.page + pageStarts.length }),
    ...(headingPath === undefined ? {} : { heading_path: headingPath }),
  };
}

function statsAnswer({ chunks, tokens, histogram, coverage, overlapShare, borders, boundaryQuality }: ChunkStats): object {
  return {
    chunks,
    tokens,
    histogram: histogram.map(({ above, upTo, chunks: count }) => ({ above, up_to: upTo, chunks: count })),
    coverage,
    overlap_share: overlapShare,
    borders,
    boundary_quality: boundaryQuality,
  };
}

/** What fits a text, with the reason and what was seen of the text. */
export function recommendationAnswer({ strategy, options, reason, traits }: Recommendation): object {
  const { mimeType, codeShare, spaceShare, ...counts } = traits;
  return { strategy, config: options, reason, traits: { ...counts, mime_type: mimeType, code_share: codeShare, space_share: spaceShare } };
}

export function profileAnswer({ id, name, description, strategy, options, createdAt }: ChunkingProfileView): object {
  return { id, name, description, strategy, config: options, created_at: createdAt };
}

/** Every strategy with its options. */
export function strategiesAnswer(): object {
  return { strategies: describeChunkers() };
}
