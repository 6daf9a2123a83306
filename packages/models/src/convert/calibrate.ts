// Looks for the channels that carry far larger numbers than their neighbours, by running the fp32 file on made-up token ids.
// Those channels are a property of the weights, not of the text: 64 random sequences find the same ones as 60 real texts.
import { appendFile, copyFile, rm } from 'node:fs/promises';
import { openSession, runOnce } from './model-session.js';
import { FLOAT } from './onnx-schema.js';
import { moreOutputs } from './write-onnx.js';

const LENGTHS = [1, 2, 4, 8, 16, 32, 64, 128];
const ROUNDS = 8;
// [CLS] and [SEP] of every BERT vocabulary, and where its words begin.
const BERT_IDS = { first: 101, last: 102, lowestWord: 1000 };

/** Which ids made-up sequences are made of. */
export interface Vocabulary {
  size: number;
  /** What a sequence begins and ends with; BERT's own when absent. */
  borders?: { first: number; last: number };
  /** The longest sequence the model reads. */
  maxTokens?: number;
}

/** Numbers below `limit` that are the same on every run. */
export function seededNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** Sequences of token ids, the same on every run. */
export function madeUpSequences({ size, borders, maxTokens = Number.POSITIVE_INFINITY }: Vocabulary): number[][] {
  const below = seededNumbers(7);
  const lowestWord = Math.min(BERT_IDS.lowestWord, size >> 1);
  const { first, last } = borders ?? (size > BERT_IDS.lowestWord ? BERT_IDS : { first: 0, last: 0 });
  const word = () => lowestWord + below((size - lowestWord) >> below(5));
  const lengths = Array.from({ length: ROUNDS }, () => LENGTHS).flat();
  return lengths.filter((length) => length + 2 <= maxTokens).map((length) => [first, ...Array.from({ length }, word), last]);
}

function raiseTo(largest: Float32Array, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    const channel = i % largest.length;
    largest[channel] = Math.max(largest[channel] as number, Math.abs(values[i] as number));
  }
}

export interface Calibration {
  /** The fp32 file. */
  path: string;
  /** Where a copy may lie that gives out the values; removed at the end. */
  scratch: string;
  /** The values to look at. */
  names: readonly string[];
  vocabulary: Vocabulary;
  onProgress?: (fraction: number) => void;
}

/** For each named value its largest magnitude per channel. */
export async function largestPerChannel({ path, scratch, names, vocabulary, onProgress }: Calibration): Promise<Map<string, Float32Array>> {
  const largest = new Map<string, Float32Array>();
  try {
    // A file and not a buffer: a model of 1.3 GB would be in memory once more.
    await copyFile(path, scratch);
    await appendFile(scratch, moreOutputs(names.map((name) => ({ name, type: FLOAT }))));
    const session = await openSession(scratch);
    const sequences = madeUpSequences(vocabulary);
    for (const [done, ids] of sequences.entries()) {
      const outputs = await runOnce(session, [ids]);
      for (const name of names) {
        const { values, dims } = outputs(name);
        if (!largest.has(name)) largest.set(name, new Float32Array(dims.at(-1) ?? 0));
        raiseTo(largest.get(name) as Float32Array, values);
      }
      onProgress?.((done + 1) / sequences.length);
    }
    await session.release();
  } finally {
    await rm(scratch, { force: true });
  }
  return largest;
}
