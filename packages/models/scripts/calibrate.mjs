// Looks for the channels that carry far larger numbers than their neighbours, by running the fp32 file on made-up token ids.
// Those channels are a property of the weights, not of the text: 64 random sequences find the same ones as 60 real texts.
import '../dist/runtime/no-telemetry.js';
import * as ort from 'onnxruntime-node';
import { exposeValues } from './onnx.mjs';

// [CLS] and [SEP] of every BERT vocabulary.
const FIRST = 101;
const LAST = 102;
const LOWEST_WORD = 1000;
const LENGTHS = [1, 2, 4, 8, 16, 32, 64, 128];
const ROUNDS = 8;

/** Numbers below `limit` that are the same on every run. */
function seededNumbers(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function madeUpSequences(vocabularySize) {
  const below = seededNumbers(7);
  const word = () => LOWEST_WORD + below((vocabularySize - LOWEST_WORD) >> below(5));
  const lengths = Array.from({ length: ROUNDS }, () => LENGTHS).flat();
  return lengths.map((length) => [FIRST, ...Array.from({ length }, word), LAST]);
}

function inputsOf(ids) {
  const tensor = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, ids.length]);
  return { input_ids: tensor(ids), attention_mask: tensor(ids.map(() => 1)), token_type_ids: tensor(ids.map(() => 0)) };
}

function raiseTo(largest, values) {
  for (let i = 0; i < values.length; i++) {
    const channel = i % largest.length;
    largest[channel] = Math.max(largest[channel], Math.abs(values[i]));
  }
}

/** For each named value its largest magnitude per channel. */
export async function largestPerChannel(model, names, vocabularySize) {
  const session = await ort.InferenceSession.create(exposeValues(model, names), { intraOpNumThreads: 1 });
  const largest = new Map();
  for (const ids of madeUpSequences(vocabularySize)) {
    const outputs = await session.run(inputsOf(ids));
    for (const name of names) {
      if (!largest.has(name)) largest.set(name, new Float32Array(outputs[name].dims.at(-1)));
      raiseTo(largest.get(name), outputs[name].data);
    }
  }
  await session.release();
  return largest;
}
