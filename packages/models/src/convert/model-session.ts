// Runs a model while it is being taken over. This is the process of a command, not of a service: a run may block it.
import '../runtime/no-telemetry.js';
import * as ort from 'onnxruntime-node';
import { ConversionRefusedError } from './conversion-refused.js';

export interface ModelValue {
  values: Float32Array;
  dims: readonly number[];
}

/** The file as a session of one thread, so that sums are added in the same order on every machine. */
export async function openSession(path: string): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(path, { executionProviders: ['cpu'], intraOpNumThreads: 1, logSeverityLevel: 3 });
  } catch (cause) {
    throw new ConversionRefusedError('ONNX Runtime cannot load the model. Is the file whole, and made for the operators of ONNX Runtime 1.30?', { cause });
  }
}

/** The token ids of a text; with the type of each when they are not all 0. */
export type Row = readonly number[] | { ids: readonly number[]; types: readonly number[] };

const idsOf = (row: Row) => ('ids' in row ? row.ids : row);

function inputsOf(rows: readonly Row[]): Record<string, ort.Tensor> {
  const width = Math.max(...rows.map((row) => idsOf(row).length));
  const [ids, mask, types] = Array.from({ length: 3 }, () => new BigInt64Array(rows.length * width)) as [BigInt64Array, BigInt64Array, BigInt64Array];
  for (const [i, row] of rows.entries()) {
    const tokens = idsOf(row);
    ids.set(BigInt64Array.from(tokens, BigInt), i * width);
    mask.fill(1n, i * width, i * width + tokens.length);
    if ('types' in row) types.set(BigInt64Array.from(row.types, BigInt), i * width);
  }
  const tensor = (data: BigInt64Array) => new ort.Tensor('int64', data, [rows.length, width]);
  return { input_ids: tensor(ids), attention_mask: tensor(mask), token_type_ids: tensor(types) };
}

function outputOf(outputs: ort.InferenceSession.ReturnType, name: string): ModelValue {
  const output = outputs[name];
  if (output?.type !== 'float32') throw new ConversionRefusedError(`The model gives ${name} as ${output?.type ?? 'nothing'}; 32-bit floats are needed.`);
  return { values: output.data as Float32Array, dims: output.dims };
}

/** Runs rows of token ids, the shorter ones padded as the services pad them, and tells each output by its name. */
export async function runOnce(session: ort.InferenceSession, rows: readonly Row[]): Promise<(name: string) => ModelValue> {
  const inputs = Object.entries(inputsOf(rows)).filter(([name]) => session.inputNames.includes(name));
  const outputs = await session.run(Object.fromEntries(inputs)).catch((cause) => {
    throw new ConversionRefusedError('The model fails on a made-up text.', { cause });
  });
  return (name) => outputOf(outputs, name);
}
