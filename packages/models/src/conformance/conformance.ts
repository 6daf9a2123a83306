import type { OnnxModel } from '../catalogue/model.js';
import { EmbeddingRuntime } from '../runtime/embedding-runtime.js';
import { ModelRefusedError } from '../runtime/model-files.js';

/** The largest difference between two numbers that still count as the same. */
const SAME = 1e-5;
const LENGTH_ONE = 1e-3;

/** Short and long, in several scripts, with white space and symbols: lengths that make each other padded. */
const TEXTS: readonly string[] = [
  'ready?',
  'The invoice 4711 was paid twice.',
  'Der Vertrag endet am 31. Dezember, wenn er nicht gekündigt wird.',
  '契約は自動的に更新されます。',
  'Ошибка ERR-4711: соединение закрыто',
  'function add(a: number, b: number): number { return a + b; }',
  'naïve café — “quotes”, emoji 🙂 and\ttabs\nand lines',
  'A point is written once and found for ever. '.repeat(8),
  'Long texts are cut at the last token the model reads; nothing after it may change the vector. '.repeat(60),
];

export interface ConformanceReport {
  /** The largest difference of a number of a vector between a text alone and in company. */
  batchDifference: number;
  /** The largest distance of a vector's length from one. */
  lengthError: number;
}

/**
 * Tries what every model must keep, or refuses it: the same text has the same vector again, alone and in any company, order and padding;
 * vectors have the dimension that the catalogue says, and length one where it says so; different texts have different vectors.
 */
export async function assertConforms(model: OnnxModel): Promise<ConformanceReport> {
  const runtime = await EmbeddingRuntime.start({ model });
  try {
    return await examine(runtime, model);
  } finally {
    await runtime.stop();
  }
}

async function examine(runtime: EmbeddingRuntime, model: OnnxModel): Promise<ConformanceReport> {
  const alone: Float32Array[] = [];
  for (const text of TEXTS) alone.push(await vectorOf(runtime, text));
  const report = { batchDifference: await batchDifference(runtime, alone), lengthError: lengthError(alone, model) };
  if (report.batchDifference > SAME) {
    throw new ModelRefusedError(
      `Model ${model.id} is not batch-invariant: a text's vector differs by ${report.batchDifference.toExponential(1)} with what else is in the batch, and ${SAME} is allowed. ` +
        'Usual 8-bit files are made so. Take the fp32 file, and --quantise to make it small.',
    );
  }
  if (report.lengthError > LENGTH_ONE) throw new ModelRefusedError(`Model ${model.id} gives vectors whose length is off by ${report.lengthError}.`);
  const same = alone.findIndex((vector, at) => alone.some((other, i) => i < at && largestDifference(vector, other) === 0));
  if (same !== -1) throw new ModelRefusedError(`Model ${model.id} gives the same vector for different texts.`);
  return report;
}

async function vectorOf(runtime: EmbeddingRuntime, text: string): Promise<Float32Array> {
  const [embedding] = await runtime.embedDocuments([text]);
  return (embedding as { vector: Float32Array }).vector;
}

/** Pairs of the shortest and the longest are not put into one run by our own queue, so the company is chosen here: neighbours, and all in two orders. */
async function batchDifference(runtime: EmbeddingRuntime, alone: Float32Array[]): Promise<number> {
  let largest = 0;
  for (const order of [TEXTS.keys(), [...TEXTS.keys()].reverse()].map((keys) => [...keys])) {
    const rows = await runtime.embedTogether(order.map((at) => TEXTS[at] as string));
    for (const [row, at] of order.entries()) largest = Math.max(largest, largestDifference(rows[row] as Float32Array, alone[at] as Float32Array));
  }
  return largest;
}

function lengthError(vectors: Float32Array[], { normalise }: OnnxModel): number {
  if (!normalise) return 0;
  return Math.max(...vectors.map((vector) => Math.abs(1 - Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)))));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}
