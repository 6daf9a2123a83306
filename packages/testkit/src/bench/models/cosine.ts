import { floatsOf } from '@cairn/common';
import type { EmbeddingRuntime } from '@cairn/models';
import type { Child } from '../core/child.js';

/** How far the peer's vectors lie from ours, where they differ most. */
export async function smallestCosine(runtime: EmbeddingRuntime, peer: Child, texts: readonly string[]): Promise<number> {
  const ours = await runtime.embedDocuments(texts);
  const theirs = (await peer.ask({ kind: 'vectors' }, 'vectors')).vectors as string[];
  return Math.min(...ours.map(({ vector }, at) => cosineOf(vector, floatsOf(Buffer.from(theirs[at] as string, 'base64')))));
}

function cosineOf(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) throw new Error(`vectors of ${one.length} and ${other.length} numbers cannot be compared`);
  const product = one.reduce((sum, value, at) => sum + value * (other[at] as number), 0);
  return product / (Math.hypot(...one) * Math.hypot(...other));
}
