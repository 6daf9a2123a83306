import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TinyEncoder, tinyBert, tinyBertClassifier, tinyMpnet, tinyRoberta, writeFolder } from '../fixtures/tiny-encoder.js';
import { convertFolder } from './convert-folder.js';
import { openSession, runOnce } from './model-session.js';
import { readModel } from './onnx-file.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-quantise-'));
afterAll(() => rmSync(folder, { recursive: true }));

const textOf = (length: number, step: number) => Array.from({ length }, (_, i) => 3 + ((i * i * step + 7 * i) % 290));
const ROWS = [textOf(36, 11), textOf(3, 5), textOf(17, 3), textOf(1, 1)];

async function run(path: string, output: string, rows: number[][]): Promise<Float32Array> {
  const session = await openSession(path);
  const { values } = (await runOnce(session, rows))(output);
  await session.release();
  return values;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const largestDifference = (a: Float32Array, b: Float32Array) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

const ENCODERS: [string, () => TinyEncoder, string][] = [
  ['a BERT', tinyBert, 'last_hidden_state'],
  ['an XLM-RoBERTa', tinyRoberta, 'last_hidden_state'],
  ['an MPNet', tinyMpnet, 'last_hidden_state'],
  ['a cross-encoder', tinyBertClassifier, 'logits'],
];

describe.each(ENCODERS)('the 8-bit form of %s', (name, make, output) => {
  const from = join(folder, name);
  const to = `${from} converted`;
  const paths = { plain: join(to, 'model.onnx'), quantised: join(to, 'model_int8_row.onnx') };
  beforeAll(async () => {
    writeFolder(from, make());
    for (const quantise of [false, true]) await convertFolder({ from, to, quantise });
  });

  it('gives a text the same alone and beside others', async () => {
    const together = await run(paths.quantised, output, ROWS);
    const size = together.length / ROWS.length;
    for (const [i, row] of ROWS.entries()) {
      const alone = await run(paths.quantised, output, [row]);
      expect(largestDifference(alone, together.subarray(i * size))).toBeLessThan(1e-6);
    }
  });

  it('is close to the full one', async () => {
    for (const row of ROWS) expect(cosine(await run(paths.quantised, output, [row]), await run(paths.plain, output, [row]))).toBeGreaterThan(0.99);
  });

  it('keeps the tables and matrices of the layers in bytes', () => {
    const { tensors } = readModel(readFileSync(paths.quantised));
    const large = [...tensors.values()].filter(({ type, dims }) => type === 1 && dims.length === 2 && (dims[0] ?? 0) * (dims[1] ?? 0) > 2_000);
    expect(large).toEqual([]);
    expect([...tensors.keys()].filter((tensor) => tensor.endsWith('.weight/bytes'))).toHaveLength(1 + 2 * 6);
  });
});
