import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { plainHiddenState, plainLogits } from '../fixtures/plain-encoder.js';
import { encodeWeights, type TinyEncoder, tinyBert, tinyBertClassifier, tinyMpnet, tinyRoberta, tinyRobertaClassifier } from '../fixtures/tiny-encoder.js';
import { buildBertGraph } from './bert-graph.js';
import { readEncoderConfig } from './encoder-config.js';
import { openSession, type Row, runOnce } from './model-session.js';
import { SafetensorsFile } from './safetensors.js';
import { writeNewFile } from './write-file.js';

const folder = mkdtempSync(join(tmpdir(), 'cairn-graph-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

async function build({ config, weights }: TinyEncoder): Promise<string> {
  const path = join(folder, `${++files}.onnx`);
  writeFileSync(`${path}.safetensors`, encodeWeights(weights));
  const file = SafetensorsFile.open(`${path}.safetensors`);
  await writeNewFile(path, buildBertGraph(readEncoderConfig(config), file));
  file.close();
  return path;
}

async function run(path: string, output: string, rows: Row[]): Promise<number[][]> {
  const session = await openSession(path);
  const { values, dims } = (await runOnce(session, rows))(output);
  await session.release();
  const size = values.length / (dims[0] as number);
  return Array.from({ length: dims[0] as number }, (_, row) => [...values.subarray(row * size, (row + 1) * size)]);
}

const textOf = (length: number, step: number) => Array.from({ length }, (_, i) => 3 + ((i * i * step + 7 * i) % 290));
const SHORT = textOf(3, 5);
const LONG = textOf(36, 11);
const ROWS = [LONG, SHORT, textOf(17, 3)];

/** Compares what is there of the shorter list. */
const difference = (a: number[], b: number[]) => Math.max(...a.slice(0, b.length).map((value, i) => Math.abs(value - (b[i] as number))));

const ENCODERS = { 'a BERT': tinyBert, 'an XLM-RoBERTa': tinyRoberta, 'an MPNet': tinyMpnet };
const CROSS_ENCODERS = { 'a BERT': tinyBertClassifier, 'an XLM-RoBERTa': tinyRobertaClassifier };

describe('the graph of an encoder', () => {
  it.each(Object.entries(ENCODERS))('%s gives what the plain formulas give, alone and in a batch', async (_, make) => {
    const encoder = make();
    const path = await build(encoder);
    const together = await run(path, 'last_hidden_state', ROWS);
    for (const [i, row] of ROWS.entries()) {
      const truth = plainHiddenState(encoder, row).flat();
      const [alone = []] = await run(path, 'last_hidden_state', [row]);
      expect(alone).toHaveLength(truth.length);
      expect(difference(alone, truth)).toBeLessThan(1e-5);
      expect(difference(together[i] ?? [], alone)).toBeLessThan(1e-6);
    }
  });

  it.each(Object.entries(CROSS_ENCODERS))('%s for pairs of texts gives the scores of the plain formulas', async (_, make) => {
    const encoder = make();
    const scores = await run(await build(encoder), 'logits', ROWS);
    for (const [i, row] of ROWS.entries()) {
      const truth = plainLogits(encoder, row);
      expect(scores[i]).toHaveLength(truth.length);
      expect(difference(scores[i] ?? [], truth)).toBeLessThan(1e-5);
    }
  });

  it('reads the token types, where there are two', async () => {
    const encoder = tinyBert();
    const types = SHORT.map((_, i) => (i > 0 ? 1 : 0));
    const [row = []] = await run(await build(encoder), 'last_hidden_state', [{ ids: SHORT, types }]);
    expect(difference(row, plainHiddenState(encoder, SHORT, types).flat())).toBeLessThan(1e-5);
    expect(difference(row, plainHiddenState(encoder, SHORT).flat())).toBeGreaterThan(0.01);
  });

  it('a padding id inside a text of XLM-RoBERTa takes no position', async () => {
    const encoder = tinyRoberta();
    const ids = [0, 17, 1, 60, 2];
    const [row = []] = await run(await build(encoder), 'last_hidden_state', [ids]);
    expect(difference(row, plainHiddenState(encoder, ids).flat())).toBeLessThan(1e-5);
  });

  it('names in front of the weights, and the old names of normalisations, make no difference', async () => {
    const encoder = tinyBert();
    const renamed = Object.entries(encoder.weights).map(([name, tensor]) => {
      const old = name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta');
      return [`bert.${old}`, tensor] as const;
    });
    const [plain, other] = [await build(encoder), await build({ ...encoder, weights: Object.fromEntries(renamed) })];
    expect(await run(other, 'last_hidden_state', ROWS)).toEqual(await run(plain, 'last_hidden_state', ROWS));
  });

  it('the longest text of each kind is read', async () => {
    for (const [make, tokens] of [[tinyBert, 40] as const, [tinyRoberta, 38] as const, [tinyMpnet, 38] as const]) {
      const encoder = make();
      expect(readEncoderConfig(encoder.config).maxTokens).toBe(tokens);
      const [row = []] = await run(await build(encoder), 'last_hidden_state', [textOf(tokens, 7)]);
      expect(difference(row, plainHiddenState(encoder, textOf(tokens, 7)).flat())).toBeLessThan(1e-5);
    }
  });
});

describe('what cannot be built exactly is refused', () => {
  const { config, weights } = tinyBert();

  it.each([
    [{ architectures: ['T5EncoderModel'] }, /"T5EncoderModel" cannot be built .* BertModel, .*MPNetModel/],
    [{ architectures: undefined }, /architecture/],
    [{ architectures: ['constructor'] }, /architecture/],
    [{ position_embedding_type: 'relative_key' }, /relative_key/],
    [{ hidden_act: 'gelu_new' }, /gelu_new.* gelu, relu/],
    [{ is_decoder: true }, /decoder/],
    [{ num_attention_heads: 5 }, /5 attention heads/],
    [{ num_hidden_layers: '2' }, /num_hidden_layers/],
    [{ hidden_size: 0 }, /hidden_size/],
    [{ layer_norm_eps: 'small' }, /layer_norm_eps/],
  ])('a configuration with %j', (change, reason) => {
    expect(() => readEncoderConfig({ ...config, ...change })).toThrow(reason);
  });

  it('weights of another shape, with both shapes', async () => {
    await expect(build({ weights, config: { ...config, vocab_size: 301 } })).rejects.toThrow('has the shape [300, 32], config.json asks for [301, 32]');
  });

  it('weights that lack a tensor, with its name', async () => {
    await expect(build({ weights, config: { ...config, num_hidden_layers: 3 } })).rejects.toThrow('no tensor encoder.layer.2.attention');
  });
});
