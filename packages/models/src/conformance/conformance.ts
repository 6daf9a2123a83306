import type { InstalledModel } from '../catalogue/model.js';
import { EmbeddingRuntime } from '../runtime/embedding-runtime.js';
import { ModelRefusedError } from '../runtime/model-files.js';
import { RerankerRuntime } from '../runtime/reranker-runtime.js';
import { partsOf, type RunnableModel } from '../runtime/towers.js';
import { VisionRuntime } from '../runtime/vision-runtime.js';
import { madeUpPictures } from './pictures.js';

/** The largest difference between two numbers that still count as the same. */
const SAME = 1e-5;
const LENGTH_ONE = 1e-3;
/** What all texts are compared with when a reranker is tried. */
const QUERY = 'Which invoice was paid twice?';

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
  /** The largest difference of a number of a vector, or of a score, between a text or image alone and in company. */
  batchDifference: number;
  /** The largest distance of a vector's length from one; 0 of a reranker. */
  lengthError: number;
}

/**
 * Tries what every model must keep, or refuses it: the same text or image has the same vector or score again, alone and in any company, order and
 * padding; vectors have the dimension that the catalogue says, and length one where it says so; different texts have different vectors, and not all
 * the same score. Of a model with two towers both must keep it.
 */
export async function assertConforms(model: InstalledModel): Promise<ConformanceReport> {
  const reports: ConformanceReport[] = [];
  for (const part of partsOf(model)) reports.push(await examinePart(part));
  return {
    batchDifference: Math.max(...reports.map(({ batchDifference }) => batchDifference)),
    lengthError: Math.max(...reports.map((report) => report.lengthError)),
  };
}

async function examinePart(part: RunnableModel): Promise<ConformanceReport> {
  if (part.kind === 'reranker') return await whileRunning(await RerankerRuntime.start({ model: part }), examineReranker);
  if (part.kind === 'vision-tower') return await whileRunning(await VisionRuntime.start({ model: part }), examineVision);
  return await whileRunning(await EmbeddingRuntime.start({ model: part }), examineTexts);
}

async function whileRunning<Runtime extends { stop(): Promise<void> }, Result>(runtime: Runtime, work: (runtime: Runtime) => Promise<Result>): Promise<Result> {
  try {
    return await work(runtime);
  } finally {
    await runtime.stop();
  }
}

function examineTexts(runtime: EmbeddingRuntime): Promise<ConformanceReport> {
  const { id, normalise } = runtime.model;
  return examine({ id, what: 'text', isNormalised: normalise, items: TEXTS, embed: (texts) => runtime.embedTogether(texts) });
}

function examineVision(runtime: VisionRuntime): Promise<ConformanceReport> {
  const { id, sight } = runtime.model;
  return examine({ id, what: 'image', isNormalised: true, items: madeUpPictures(sight), embed: (images) => runtime.embedTogether(images) });
}

interface Examined<Item> {
  id: string;
  what: 'text' | 'image';
  isNormalised: boolean;
  items: readonly Item[];
  /** In one run. */
  embed: (items: Item[]) => Promise<Float32Array[]>;
}

async function examine<Item>({ id, what, isNormalised, items, embed }: Examined<Item>): Promise<ConformanceReport> {
  const alone: Float32Array[] = [];
  for (const item of items) alone.push(...(await embed([item])));
  const batchDifference = await differenceInCompany(items, embed, (vector, at) => largestDifference(vector, alone[at] as Float32Array));
  const report = { batchDifference, lengthError: isNormalised ? lengthError(alone) : 0 };
  refuseVariance(id, `${what === 'image' ? 'an' : 'a'} ${what}'s vector`, report);
  if (report.lengthError > LENGTH_ONE) throw new ModelRefusedError(`Model ${id} gives vectors whose length is off by ${report.lengthError}.`);
  const same = alone.findIndex((vector, at) => alone.some((other, i) => i < at && largestDifference(vector, other) === 0));
  if (same !== -1) throw new ModelRefusedError(`Model ${id} gives the same vector for different ${what}s.`);
  return report;
}

/** By the model's own numbers: the sigmoid would hide what differs between texts that do not answer at all. */
async function examineReranker(runtime: RerankerRuntime): Promise<ConformanceReport> {
  const { model } = runtime;
  const alone: number[] = [];
  for (const text of TEXTS) alone.push(...(await runtime.logitsTogether(QUERY, [text])));
  const batchDifference = await differenceInCompany(
    TEXTS,
    (texts) => runtime.logitsTogether(QUERY, texts),
    (score, at) => relativeDifference(score, alone[at] as number),
  );
  const report = { batchDifference, lengthError: 0 };
  refuseVariance(model.id, "a text's score", report);
  if (new Set(alone).size === 1) throw new ModelRefusedError(`Model ${model.id} gives all texts the same score.`);
  return report;
}

function refuseVariance(id: string, what: string, { batchDifference }: ConformanceReport): void {
  if (batchDifference <= SAME) return;
  throw new ModelRefusedError(
    `Model ${id} is not batch-invariant: ${what} differs by ${batchDifference.toExponential(1)} with what else is in the batch, and ${SAME} is allowed. ` +
      'Usual 8-bit files are made so. Take the fp32 file, and --quantise to make it small.',
  );
}

/** Pairs of the shortest and the longest are not put into one run by our own queue, so the company is chosen here: neighbours, and all in two orders. */
async function differenceInCompany<Item, Made>(
  items: readonly Item[],
  make: (items: Item[]) => Promise<Made[]>,
  differenceOf: (made: Made, at: number) => number,
): Promise<number> {
  let largest = 0;
  for (const order of [items.keys(), [...items.keys()].reverse()].map((keys) => [...keys])) {
    const rows = await make(order.map((at) => items[at] as Item));
    for (const [row, at] of order.entries()) largest = Math.max(largest, differenceOf(rows[row] as Made, at));
  }
  return largest;
}

function lengthError(vectors: Float32Array[]): number {
  return Math.max(...vectors.map((vector) => Math.abs(1 - Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)))));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}

/** Scores go far beyond one, and so do their rounding errors. */
function relativeDifference(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(1, Math.abs(b));
}
