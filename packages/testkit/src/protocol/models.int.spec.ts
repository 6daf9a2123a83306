import { type RegisteredEncoder, registerModel } from '@cairn/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ProtocolBench } from './protocol-bench.js';

jest.setTimeout(60_000);

const AT_ONCE = 8;
const TIMES = 40;

let bench: ProtocolBench;
beforeAll(async () => {
  bench = await ProtocolBench.open();
}, 60_000);
afterAll(() => bench?.close());

const modelOf = (number: number): RegisteredEncoder => ({
  kind: 'onnx',
  id: `model-${number}`,
  version: '1',
  aliases: [],
  inputs: ['text'],
  dimension: 4,
  shorterDimensions: [],
  maxTokens: 16,
  space: `model-${number}_1`,
  fingerprint: 'same',
  licence: 'Apache-2.0',
  origin: 'test',
});

describe('a model that several workers register at once', () => {
  it('E8: is registered once, and none of them fails', async () => {
    for (let number = 0; number < TIMES; number++) await Promise.all(Array.from({ length: AT_ONCE }, () => registerModel(bench.worker, modelOf(number))));
    const rows = await bench.database.sql('SELECT id FROM models');
    expect(rows).toHaveLength(TIMES);
  });
});
