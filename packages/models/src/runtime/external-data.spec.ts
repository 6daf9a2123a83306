import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bytes, encode, type Field, message, number, text } from '../convert/protobuf.js';
import { externalFields } from '../fixtures/external-tensor.js';
import { BUILT_IN_FOLDER } from '../fixtures/reference.js';
import { dataFilesOf, ExternalDataError } from './external-data.js';

const PLAIN = [number(1, 4), number(2, 1), text(8, 'weights'), bytes(9, Buffer.alloc(16))];
type Words = readonly (readonly [string, string | number])[];
const external = (words: Words) => externalFields('weights', [4], words);
const GOOD: Words = [
  ['location', 'model.onnx_data'],
  ['offset', 4096],
  ['length', 16],
];
const named = (location: string): Words => [
  ['location', location],
  ['length', 16],
];

const inGraph = (tensor: Field[]) => message(7, [message(5, tensor)]);
const inConstant = (tensor: Field[]) => message(7, [message(1, [text(4, 'Constant'), message(5, [message(5, tensor)])])]);
const inBranch = (tensor: Field[]) => message(7, [message(1, [message(5, [message(6, [message(5, tensor)])])])]);
const inSparse = (tensor: Field[]) => message(7, [message(15, [message(1, tensor)])]);
const inFunction = (tensor: Field[]) => message(25, [message(7, [message(5, [message(10, tensor)])])]);
const hidden = Object.entries({ inConstant, inBranch, inSparse, inFunction });

const file = (...parts: Field[]) => encode([number(1, 8), ...parts]);
const reading = (tensor: Field[]) => () => dataFilesOf(file(inGraph(tensor)));

describe('external data', () => {
  it('of constants is told by file, with how far it reaches', () => {
    const more = externalFields('more', [2], [...named('other.bin'), ['offset', 8], ['checksum', 'abc']]);
    const less = externalFields('less', [1], named('model.onnx_data'));
    expect(dataFilesOf(file(inGraph(PLAIN), inGraph(external(GOOD)), inGraph(less), inGraph(more)))).toEqual(
      new Map([
        ['model.onnx_data', 4112],
        ['other.bin', 24],
      ]),
    );
  });

  it.each(hidden)('E9: is refused %s, where ONNX Runtime would look for the file itself', (_, place) => {
    expect(dataFilesOf(file(place(PLAIN)))).toEqual(new Map());
    expect(() => dataFilesOf(file(place(external(GOOD))))).toThrow('"weights" is not a constant of the graph itself');
    expect(() => dataFilesOf(file(place([...PLAIN, number(14, 1)])))).toThrow(ExternalDataError);
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'data/weights', '..', '', '.hidden', 'C:\\data', '*/_ORT_MEM_ADDR_/*', 'data\0.bin', 'x'.repeat(201)])(
    'E9: in a file called %j is refused',
    (location) => {
      expect(reading(external(named(location)))).toThrow('is not the plain name of a file beside it');
    },
  );

  it.each<[string, Words]>([
    ['no length', [['location', 'data']]],
    ['a length below zero', [...named('data').slice(0, 1), ['length', -1]]],
    ['an offset that is no number', [...named('data'), ['offset', '1e9']]],
    ['an offset beyond every file', [...named('data'), ['offset', '9'.repeat(16)]]],
    ['two places', [...named('data'), ['location', 'other']]],
    ['a word that ONNX Runtime reads more places from', [...named('data'), ['prepacked_0', 'key|0;16']]],
  ])('E9: with %s is refused', (_, words) => {
    expect(reading(external(words))).toThrow('does not say clearly where in');
  });

  it('E9: that is only half declared is refused', () => {
    expect(reading([...PLAIN, number(14, 1)])).toThrow(ExternalDataError);
    expect(reading([...external(GOOD), number(14, 0)])).toThrow('does not say clearly');
    expect(reading([...external(GOOD), number(14, 2)])).toThrow('does not say clearly');
  });

  it('the built-in model has none', () => {
    expect(dataFilesOf(readFileSync(join(BUILT_IN_FOLDER, 'model_int8_row.onnx'))).size).toBe(0);
  });

  it('a broken file is an error, not an endless loop', () => {
    const whole = file(inGraph(PLAIN));
    expect(() => dataFilesOf(whole.subarray(0, whole.length - 3))).toThrow('not a whole protocol buffer');
    expect(() => dataFilesOf(Buffer.from('<html>not a model</html>'))).toThrow();
  });
});
