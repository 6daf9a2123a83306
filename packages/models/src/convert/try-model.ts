import { KNOWN_INPUTS, unknownInputs } from '../runtime/model-inputs.js';
import { madeUpSequences, type Vocabulary } from './calibrate.js';
import { ConversionRefusedError } from './conversion-refused.js';
import { HIDDEN_STATE, LOGITS } from './encoder-values.js';
import { openSession, runOnce } from './model-session.js';

export type OutputKind = typeof HIDDEN_STATE | typeof LOGITS;

// Sums in another order differ by 1e-6 of the largest number; the usual 8-bit form by 1e-2.
const TOLERANCE = 1e-3;

/** What the model gives; an error when it takes what a text has not, or gives nothing that is known. */
export function outputOf({ inputs, outputs }: { inputs: readonly string[]; outputs: readonly string[] }): OutputKind {
  const unknown = unknownInputs(inputs);
  if (unknown.length > 0) throw new ConversionRefusedError(`The model takes ${unknown.join(', ')}; a text has ${KNOWN_INPUTS}.`);
  const kind = ([HIDDEN_STATE, LOGITS] as const).find((name) => outputs.includes(name));
  if (kind !== undefined) return kind;
  throw new ConversionRefusedError(
    `The model gives ${outputs.join(', ')}; ${HIDDEN_STATE} is needed, or ${LOGITS} of a cross-encoder. Export it again with that name.`,
  );
}

const magnitude = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * Runs the model on a made-up text, alone and beside a longer one. It must give finite numbers, and the same both times: else a text's
 * vector would depend on what else is embedded at the time. Resolves with how many numbers it gives for a token, or for a pair of texts.
 */
export async function tryModel(path: string, output: OutputKind, vocabulary: Vocabulary): Promise<{ dimension: number }> {
  const sequences = madeUpSequences(vocabulary).slice(0, 5);
  const [short = [0, 0], long = short] = [sequences[0], sequences.at(-1)];
  const session = await openSession(path);
  try {
    const alone = (await runOnce(session, [short]))(output);
    const together = (await runOnce(session, [short, long]))(output);
    const largest = magnitude(alone.values);
    if (!Number.isFinite(largest) || largest === 0) throw new ConversionRefusedError('The model gives no usable numbers for a made-up text.');
    const difference = magnitude(alone.values.map((value, i) => value - (together.values[i] as number)));
    if (difference <= TOLERANCE * largest) return { dimension: alone.dims.at(-1) as number };
  } finally {
    await session.release();
  }
  throw new ConversionRefusedError(
    'The model gives a text another vector when a longer one is beside it, as the usual 8-bit files do. Take the file in 32-bit floats; Cairn can quantise it itself.',
  );
}
