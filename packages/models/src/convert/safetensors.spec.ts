import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { encodeWeights, safetensorsBytes } from '../fixtures/tiny-encoder.js';
import { ConversionRefusedError } from './conversion-refused.js';
import { SafetensorsFile } from './safetensors.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-safetensors-'));
const path = join(folder, 'model.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));

function read<Result>(bytes: Uint8Array, use: (file: SafetensorsFile) => Result): Result {
  writeFileSync(path, bytes);
  const file = SafetensorsFile.open(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

const open = (bytes: Uint8Array) => read(bytes, ({ tensors }) => [...tensors.keys()]);
const tensor = (begin: number, end: number, more: object = {}) => ({ dtype: 'F32', shape: [(end - begin) / 4], data_offsets: [begin, end], ...more });
const ofTwo = (first: object, second: object) => safetensorsBytes({ first, second }, Buffer.alloc(16));

describe('a safetensors file', () => {
  it('gives the floats that were written, in any order of tensors', () => {
    const shape = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
    const weights = fc.dictionary(fc.string({ minLength: 1 }), shape, { maxKeys: 5 });
    fc.assert(
      fc.property(weights, fc.integer(), (shapes, seed) => {
        const made = Object.entries(shapes).map(([name, dims]) => {
          const length = dims.reduce((product, dim) => product * dim, 1);
          return [name, { shape: dims, values: Float32Array.from({ length }, (_, i) => Math.sin(seed + i)) }] as const;
        });
        read(encodeWeights(Object.fromEntries(made)), (file) => {
          for (const [name, { values }] of made) expect(file.floats(name)).toEqual(values);
        });
      }),
      { numRuns: 50 },
    );
  });

  it('16-bit floats are read as the numbers they stand for', () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x83ff, 0x7bff, 0x8000, 0x7c00);
    const brains = Uint16Array.of(0x3f80, 0xc000, 0x0001, 0xff80);
    const data = Buffer.concat([Buffer.from(halves.buffer), Buffer.from(brains.buffer)]);
    const header = {
      halves: { dtype: 'F16', shape: [7], data_offsets: [0, 14] },
      brains: { dtype: 'BF16', shape: [2, 2], data_offsets: [14, 22] },
    };
    read(safetensorsBytes(header, data), (file) => {
      expect([...file.floats('halves')]).toEqual([1, -2, 2 ** -24, -1023 * 2 ** -24, 65504, -0, Number.POSITIVE_INFINITY]);
      expect([...file.floats('brains')]).toEqual([1, -2, 2 ** -133, Number.NEGATIVE_INFINITY]);
    });
  });

  it('tensors of other types may be there, but are no weights', () => {
    read(safetensorsBytes({ ids: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } }, Buffer.alloc(16)), (file) => {
      expect(() => file.floats('ids')).toThrow('holds I64; weights must be F32, F16, BF16');
    });
  });

  it.each([
    ['that is empty', Buffer.alloc(0), /no safetensors file/],
    ['whose header would be huge', Buffer.alloc(100, 0x7f), /header would be 9187201950435737471 bytes/],
    ['that ends inside its header', safetensorsBytes({ first: tensor(0, 16) }, Buffer.alloc(0)).subarray(0, 30), /ends inside its header/],
    ['whose header is no JSON', safetensorsBytes('{"first":', Buffer.alloc(0)), /not valid JSON/],
    ['whose header is no UTF-8', Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0xff, 0xfe])]), /not UTF-8/],
    ['whose header is a list', safetensorsBytes([], Buffer.alloc(0)), /no object/],
    ['with a name twice', safetensorsBytes('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"\\u0061":{}}', Buffer.alloc(4)), /name "a" twice/],
    [
      'with an entry that says two things',
      safetensorsBytes('{"a":{"dtype":"F32","shape":[1],"shape":[],"data_offsets":[0,4]}}', Buffer.alloc(4)),
      /"shape" twice/,
    ],
    ['with overlapping tensors', ofTwo(tensor(0, 12), tensor(8, 16)), /second overlaps/],
    ['with bytes of no tensor', ofTwo(tensor(0, 4), tensor(8, 16)), /Before the tensor second lie 4 bytes/],
    ['with bytes behind its tensors', ofTwo(tensor(0, 4), tensor(4, 8)), /Behind the last tensor lie 8 bytes/],
    ['that ends inside a tensor', ofTwo(tensor(0, 8), tensor(8, 24)), /ends inside the tensor second/],
    ['with a tensor of the wrong size', ofTwo(tensor(0, 8), tensor(8, 16, { shape: [3] })), /second has 8 bytes, F32 \[3\] has 12/],
    ['with a tensor that ends before it begins', ofTwo(tensor(0, 16), tensor(0, 0, { data_offsets: [8, 4] })), /second has -4 bytes/],
    ['with a shape too large to be true', ofTwo(tensor(0, 8), tensor(8, 16, { shape: [2 ** 50, 2 ** 50] })), /second has 8 bytes/],
    ['with a negative offset', ofTwo(tensor(0, 16), tensor(0, 0, { data_offsets: [-4, 0], shape: [1] })), /second is damaged/],
    ['with a broken offset', ofTwo(tensor(0, 16), tensor(0, 0, { data_offsets: [0.5, 4.5], shape: [1] })), /second is damaged/],
    ['with an unknown type', ofTwo(tensor(0, 8), tensor(8, 16, { dtype: 'toString' })), /unknown type "toString"/],
    ['with an entry that is no object', ofTwo(tensor(0, 16), [1]), /unknown type/],
  ])('%s is refused', (_, bytes, reason) => {
    expect(() => open(bytes)).toThrow(reason);
    expect(() => open(bytes)).toThrow(ConversionRefusedError);
  });

  it('a file that was cut or damaged anywhere is refused or read without a crash', () => {
    const whole = encodeWeights({ a: { shape: [3], values: Float32Array.of(1, 2, 3) }, b: { shape: [2, 2], values: new Float32Array(4) } });
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, value) => {
        expect(() => open(whole.subarray(0, at))).toThrow(ConversionRefusedError);
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        try {
          read(damaged, (file) => [...file.tensors.keys()].map((name) => file.floats(name)));
        } catch (error) {
          expect(error).toBeInstanceOf(ConversionRefusedError);
        }
      }),
    );
  });
});
