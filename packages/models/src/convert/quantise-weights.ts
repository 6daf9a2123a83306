import { type ConstantTensor, floatsOf } from './onnx-file.js';
import { makeTensor, type OnnxTensor } from './onnx-parts.js';
import { FLOAT, INT8 } from './onnx-schema.js';

export const MOST = 127;

function roundHalfToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

interface Group {
  start: number;
  step: number;
  count: number;
  largest: number;
}

/** One group of `count` values from `start` in steps of `step`: its scale is `largest / 127`, its bytes go to the same places. */
function quantiseGroup(values: Float32Array, bytes: Int8Array, { start, step, count, largest }: Group): number {
  const scale = Math.fround(largest / MOST) || 1;
  for (let i = 0, at = start; i < count; i++, at += step) bytes[at] = roundHalfToEven((values[at] as number) / scale);
  return scale;
}

export function largestOfRow(values: Float32Array, start: number, count: number): number {
  let largest = 0;
  for (let i = start; i < start + count; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

/** The largest weight of a column or the largest sum of two neighbours, whichever is more. */
function largestOfColumn(weights: Float32Array, column: number, { rows, columns }: { rows: number; columns: number }): number {
  let largest = 0;
  for (let row = 0; row < rows; row += 2) {
    const first = weights[row * columns + column] as number;
    const second = row + 1 < rows ? (weights[(row + 1) * columns + column] as number) : 0;
    largest = Math.max(largest, Math.abs(first), Math.abs(second), Math.abs(first + second));
  }
  return largest;
}

/** A table as bytes with one scale per row. */
export function quantiseTable(tensor: ConstantTensor): OnnxTensor[] {
  const [rows = 0, columns = 0] = tensor.dims;
  const values = floatsOf(tensor);
  const bytes = new Int8Array(values.length);
  const scales = Float32Array.from({ length: rows }, (_, row) => {
    const start = row * columns;
    return quantiseGroup(values, bytes, { start, step: 1, count: columns, largest: largestOfRow(values, start, columns) });
  });
  return [makeTensor(`${tensor.name}/bytes`, INT8, [rows, columns], bytes), makeTensor(`${tensor.name}/scale`, FLOAT, [rows, 1], scales)];
}

function smoothed(values: Float32Array, columns: number, smoothing: Float32Array | undefined): Float32Array {
  return smoothing === undefined ? values : values.map((value, i) => value * (smoothing[Math.floor(i / columns)] as number));
}

/** A matrix as bytes with one scale per column; its rows are multiplied by `smoothing` before. */
export function quantiseWeight(tensor: ConstantTensor, smoothing: Float32Array | undefined): OnnxTensor[] {
  const [rows = 0, columns = 0] = tensor.dims;
  const weights = smoothed(floatsOf(tensor), columns, smoothing);
  const bytes = new Int8Array(weights.length);
  const scales = Float32Array.from({ length: columns }, (_, column) =>
    quantiseGroup(weights, bytes, { start: column, step: columns, count: rows, largest: largestOfColumn(weights, column, { rows, columns }) }),
  );
  return [makeTensor(`${tensor.name}/bytes`, INT8, [rows, columns], bytes), makeTensor(`${tensor.name}/scale`, FLOAT, [columns], scales)];
}
