import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { openSession, runOnce } from './model-session.js';
import { makeNode, makeTensor, type OnnxPart, type OnnxTensor } from './onnx-parts.js';
import { FLOAT, INT64 } from './onnx-schema.js';
import { quantise } from './quantise.js';
import { writeNewFile } from './write-file.js';
import { makeModel } from './write-onnx.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-graph-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SIZE = 16;
const floats = (name: string, dims: number[], value: (i: number) => number) =>
  makeTensor(
    name,
    FLOAT,
    dims,
    Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, (_, i) => value(i)),
  );
const square = (name: string) => floats(name, [SIZE, SIZE], (i) => Math.sin(i * i + 1) / 4);
const large = (name: string, channel: number) => floats(name, [SIZE], (i) => (i === channel ? 40 : 1 + i / 50));
const TABLE = floats('table', [300, SIZE], (i) => Math.sin(i * 7 + i * i));
const ZERO = floats('zero', [SIZE], () => 0.01);
const WORDS = makeNode('Gather', ['table', 'input_ids'], 'words');
const normalise = (input: string, scale: string, output: string) =>
  makeNode('LayerNormalization', [input, scale, 'zero'], output, { attributes: { axis: -1, epsilon: 1e-5 } });

let files = 0;

/** The least cosine between the tokens' vectors of the file and those of its 8-bit form. */
async function likeness(nodes: OnnxPart[], tensors: OnnxTensor[], operatorSet = 17): Promise<number> {
  const border = (name: string, type: number, dims: (string | number)[] = ['batch', 'sequence']) => ({ name, type, dims });
  const inputs = [border('input_ids', INT64), border('attention_mask', INT64)];
  const outputs = [border('last_hidden_state', FLOAT, ['batch', 'sequence', SIZE])];
  const [source, target] = [join(folder, `${++files}.onnx`), join(folder, `${files}-8.onnx`)];
  await writeNewFile(source, makeModel({ name: 'made up', operatorSet, nodes: [WORDS, ...nodes], tensors: [TABLE, ZERO, ...tensors], inputs, outputs }));
  await writeNewFile(target, await quantise({ source, scratch: `${target}.scratch` }));
  const [full, small] = [await run(source), await run(target)];
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const cosines = Array.from({ length: full.length / SIZE }, (_, i) => {
    const [a, b] = [full, small].map((values) => values.subarray(i * SIZE, (i + 1) * SIZE)) as [Float32Array, Float32Array];
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  });
  return Math.min(...cosines);
}

async function run(path: string): Promise<Float32Array> {
  const session = await openSession(path);
  const { values } = (await runOnce(session, [Array.from({ length: 40 }, (_, i) => i * 7)]))('last_hidden_state');
  await session.release();
  return values;
}

it('a file for the operators from version 18 on is quantised too', async () => {
  const nodes = [normalise('words', 'scale', 'normal'), makeNode('MatMul', ['normal', 'weight'], 'last_hidden_state')];
  expect(await likeness(nodes, [large('scale', 3), square('weight')], 18)).toBeGreaterThan(0.99);
});

it('a weight that meets two inputs is smoothed for neither', async () => {
  const nodes = [
    normalise('words', 'first', 'normal'),
    makeNode('MatMul', ['normal', 'weight'], 'half'),
    normalise('half', 'second', 'normal_again'),
    makeNode('MatMul', ['normal_again', 'weight'], 'last_hidden_state'),
  ];
  expect(await likeness(nodes, [large('first', 3), large('second', 11), square('weight')])).toBeGreaterThan(0.98);
});

it('a weight that another operator reads too stays beside its bytes', async () => {
  const nodes = [
    makeNode('MatMul', ['words', 'weight'], 'product'),
    makeNode('ReduceMean', ['weight'], 'mean', { attributes: { axes: [0], keepdims: 0 } }),
    makeNode('Add', ['product', 'mean'], 'last_hidden_state'),
  ];
  expect(await likeness(nodes, [square('weight')])).toBeGreaterThan(0.99);
});

it('a table that is picked from by column stays as it is', async () => {
  const columns = makeTensor(
    'columns',
    INT64,
    [SIZE],
    BigInt64Array.from({ length: SIZE }, (_, i) => BigInt(SIZE - 1 - i)),
  );
  const nodes = [
    makeNode('Gather', ['wide', 'columns'], 'picked', { attributes: { axis: 1 } }),
    makeNode('MatMul', ['words', 'weight'], 'product'),
    makeNode('ReduceMean', ['picked'], 'mean', { attributes: { axes: [0], keepdims: 0 } }),
    makeNode('Add', ['product', 'mean'], 'last_hidden_state'),
  ];
  expect(await likeness(nodes, [square('weight'), floats('wide', [400, SIZE], (i) => i % SIZE), columns])).toBeGreaterThan(0.99);
});

it('a layer normalisation written out as single operators is smoothed like the operator', async () => {
  const scale = large('scale', 3);
  const whole = [normalise('words', 'scale', 'normal'), makeNode('MatMul', ['normal', 'weight'], 'last_hidden_state')];
  const writtenOut = [
    makeNode('ReduceMean', ['words'], 'mean', { attributes: { axes: [-1], keepdims: 1 } }),
    makeNode('Sub', ['words', 'mean'], 'centred'),
    makeNode('Mul', ['centred', 'centred'], 'squares'),
    makeNode('ReduceMean', ['squares'], 'variance', { attributes: { axes: [-1], keepdims: 1 } }),
    makeNode('Sqrt', ['variance'], 'deviation'),
    makeNode('Div', ['centred', 'deviation'], 'plain'),
    makeNode('Mul', ['plain', 'scale'], 'scaled'),
    makeNode('Add', ['scaled', 'zero'], 'normal'),
    makeNode('MatMul', ['normal', 'weight'], 'last_hidden_state'),
  ];
  expect(await likeness(writtenOut, [scale, square('weight')], 11)).toBeCloseTo(await likeness(whole, [scale, square('weight')]), 4);
});
