import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { bytes, encode, type Field, message, number, text } from '../convert/protobuf.js';
import { BUILT_IN_FOLDER } from '../fixtures/reference.js';
import { hasExternalData } from './external-data.js';

const PLAIN = [number(1, 4), number(2, 1), text(8, 'weights'), bytes(9, Buffer.alloc(16))];
const EXTERNAL = [number(1, 4), number(2, 1), text(8, 'weights'), message(13, [text(1, 'location'), text(2, '../../etc/passwd')])];
const ELSEWHERE = [...PLAIN, number(14, 1)];

const inGraph = (tensor: Field[]) => message(7, [message(5, tensor)]);
const inConstant = (tensor: Field[]) => message(7, [message(1, [text(4, 'Constant'), message(5, [message(5, tensor)])])]);
const inBranch = (tensor: Field[]) => message(7, [message(1, [message(5, [message(6, [message(5, tensor)])])])]);
const inSparse = (tensor: Field[]) => message(7, [message(15, [message(1, tensor)])]);
const inFunction = (tensor: Field[]) => message(25, [message(7, [message(5, [message(10, tensor)])])]);
const places = Object.entries({ inGraph, inConstant, inBranch, inSparse, inFunction });

const file = (part: Field) => encode([number(1, 8), part]);

describe('external data', () => {
  it.each(places)('is found %s', (_, place) => {
    expect([PLAIN, EXTERNAL, ELSEWHERE].map((tensor) => hasExternalData(file(place(tensor))))).toEqual([false, true, true]);
  });

  it('the built-in model has none', () => {
    expect(hasExternalData(readFileSync(join(BUILT_IN_FOLDER, 'model_int8_row.onnx')))).toBe(false);
  });

  it('a broken file is an error, not an endless loop', () => {
    const whole = file(inGraph(PLAIN));
    expect(() => hasExternalData(whole.subarray(0, whole.length - 3))).toThrow('not a whole protocol buffer');
    expect(() => hasExternalData(Buffer.from('<html>not a model</html>'))).toThrow();
  });
});
