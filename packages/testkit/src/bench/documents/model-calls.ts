import type { TestSystem } from '../../system/test-system.js';

/** How many texts the worker's models have embedded for documents so far. */
export async function textsEmbedded(system: TestSystem): Promise<number> {
  const metrics = await (await fetch(`${system.service('worker').url}/metrics`)).text();
  const lines = metrics.split('\n').filter((line) => line.startsWith('cairn_model_texts_total{') && line.includes('lane="documents"'));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
