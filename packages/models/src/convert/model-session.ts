// Runs a model while it is being taken over. This is the process of a command, not of a service: a run may block it.
import '../runtime/no-telemetry.js';
import * as ort from 'onnxruntime-node';
import { feedsOf, shapeOf } from '../runtime/model-inputs.js';
import type { TextRows } from '../runtime/thread-messages.js';
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

/** As the services hand rows to a model. */
function rowsOf(rows: readonly Row[]): TextRows {
  const ids = rows.map((row) => ('ids' in row ? row.ids : row));
  const types = rows.map((row, at) => ('types' in row ? row.types : (ids[at] as readonly number[]).map(() => 0)));
  return { ids: Int32Array.from(ids.flat()), lengths: Int32Array.from(ids, ({ length }) => length), types: Int32Array.from(types.flat()) };
}

function outputOf(outputs: ort.InferenceSession.ReturnType, name: string): ModelValue {
  const output = outputs[name];
  if (output?.type !== 'float32') throw new ConversionRefusedError(`The model gives ${name} as ${output?.type ?? 'nothing'}; 32-bit floats are needed.`);
  return { values: output.data as Float32Array, dims: output.dims };
}

/** Runs rows of token ids, the shorter ones padded as the services pad them, and tells each output by its name. */
export async function runOnce(session: ort.InferenceSession, rows: readonly Row[]): Promise<(name: string) => ModelValue> {
  const outputs = await session.run(feedsOf(session, shapeOf(rowsOf(rows)))).catch((cause) => {
    throw new ConversionRefusedError('The model fails on a made-up text.', { cause });
  });
  return (name) => outputOf(outputs, name);
}
