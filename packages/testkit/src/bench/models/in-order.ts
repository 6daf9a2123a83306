import type { EmbeddingRuntime } from '@cairn/models';

export function batchesOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** Batches in the order in which the texts came, each padded to its longest. The next one is always there when the thread has done one, as in ours. */
export async function embedInOrder(runtime: EmbeddingRuntime, texts: readonly string[], batch: number): Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  for (const some of batchesOf(texts, batch)) {
    const next = runtime.embedTogether(some);
    await running;
    running = next;
  }
  await running;
}
