import { EmbeddingRuntime, type OnnxModel } from '@cairn/models';
import { runAsChild } from '../core/child-process.js';
import { TextSource } from './texts.js';

interface Settings {
  model: OnnxModel;
  documents: number;
}

const megabytes = (bytes: number): number => bytes / 2 ** 20;
const resident = (): number => megabytes(process.memoryUsage.rss());

/** What a process holds in memory before it has the model, with it, and after it has worked. */
runAsChild<Settings>(async ({ model, documents }) => {
  const source = new TextSource(10);
  const texts = source.mix(documents);
  const before = resident();
  const runtime = await EmbeddingRuntime.start({ model });
  const loaded = resident();
  await runtime.embedDocuments(texts);
  for (const query of source.many(50, 12)) await runtime.embedQuery(query);
  const worked = resident();
  const peak = process.resourceUsage().maxRSS / 1_024;
  return { answers: { memory: () => ({ kind: 'memory', before, loaded, worked, peak }) }, stop: () => runtime.stop() };
});
