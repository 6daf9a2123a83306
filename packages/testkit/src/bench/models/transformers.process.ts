import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Message } from '../core/child.js';
import { runAsChild } from '../core/child-process.js';
import { batchesOf } from './in-order.js';

// Its onnxruntime counts its use for its maker unless told not to, before it is loaded.
process.env.ORT_DISABLE_TELEMETRY = '1';

interface Output {
  data: Float32Array;
}

interface Transformers {
  env: { allowRemoteModels: boolean; localModelPath: string };
  pipeline(
    task: 'feature-extraction',
    model: string,
    options: { dtype: 'fp32'; device: 'cpu'; session_options: { intraOpNumThreads: number } },
  ): Promise<(texts: string[], options: { pooling: 'mean'; normalize: true }) => Promise<Output>>;
}

interface Settings {
  /** Where the library is installed. */
  library: string;
  /** The folder above the model's. */
  models: string;
  threads: number;
  texts: string[];
}

/** transformers.js as its pages show it: texts in, vectors out. */
runAsChild<Settings>(async ({ library, models, threads, texts }) => {
  const { env, pipeline } = createRequire(join(library, 'package.json'))('@huggingface/transformers') as Transformers;
  Object.assign(env, { allowRemoteModels: false, localModelPath: models });
  // `fp32` is its word for a file without a suffix.
  const extract = await pipeline('feature-extraction', 'model', { dtype: 'fp32', device: 'cpu', session_options: { intraOpNumThreads: threads } });
  const embed = async (batch: number): Promise<Float32Array[]> => {
    const vectors: Float32Array[] = [];
    for (const some of batchesOf(texts, batch)) vectors.push((await extract(some, { pooling: 'mean', normalize: true })).data);
    return vectors;
  };
  const time = async ({ batch }: Message) => {
    const startedAt = performance.now();
    await embed(batch as number);
    return { kind: 'time', ms: performance.now() - startedAt };
  };
  const vectors = async () => ({
    kind: 'vectors',
    vectors: (await embed(1)).map((vector) => Buffer.from(Float32Array.from(vector).buffer).toString('base64')),
  });
  return { answers: { time, vectors }, stop: async () => undefined };
});
