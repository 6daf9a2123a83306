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

function inputsOf(rows: readonly (readonly number[])[], width: number): Record<string, ort.Tensor> {
  const [ids, mask] = [new BigInt64Array(rows.length * width), new BigInt64Array(rows.length * width)];
  for (const [row, tokens] of rows.entries()) {
    for (const [i, token] of tokens.entries()) ids[row * width + i] = BigInt(token);
    mask.fill(1n, row * width, row * width + tokens.length);
  }
  const tensor = (data: BigInt64Array) => new ort.Tensor('int64', data, [rows.length, width]);
  return { input_ids: tensor(ids), attention_mask: tensor(mask), token_type_ids: tensor(new BigInt64Array(ids.length)) };
}

function outputOf(outputs: ort.InferenceSession.ReturnType, name: string): ModelValue {
  const output = outputs[name];
  if (output?.type !== 'float32') throw new ConversionRefusedError(`The model gives ${name} as ${output?.type ?? 'nothing'}; 32-bit floats are needed.`);
  return { values: output.data as Float32Array, dims: output.dims };
}

/** Runs rows of token ids, the shorter ones padded as the services pad them, and tells each output by its name. */
export async function runOnce(session: ort.InferenceSession, rows: readonly (readonly number[])[]): Promise<(name: string) => ModelValue> {
  const width = Math.max(...rows.map(({ length }) => length));
  const inputs = Object.entries(inputsOf(rows, width)).filter(([name]) => session.inputNames.includes(name));
  const outputs = await session.run(Object.fromEntries(inputs));
  return (name) => outputOf(outputs, name);
}
