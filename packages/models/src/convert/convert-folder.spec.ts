import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tinyBert, tinyBertClassifier, tinyMpnet, writeFolder } from '../fixtures/tiny-encoder.js';
import { type ConversionStage, convertFolder } from './convert-folder.js';
import { makeNode, makeTensor } from './onnx-parts.js';
import { FLOAT, INT64 } from './onnx-schema.js';
import { encode, message, text } from './protobuf.js';
import { writeNewFile } from './write-file.js';
import { makeModel, type NewModel } from './write-onnx.js';

const root = mkdtempSync(join(tmpdir(), 'cairn-convert-'));
afterAll(() => rmSync(root, { recursive: true }));

let from: string;
let to: string;
let rounds = 0;
beforeEach(() => {
  from = join(root, `published-${++rounds}`);
  to = join(root, `taken-${rounds}`, 'inside');
  writeFolder(from, tinyBert());
});

const convert = (quantise = false) => convertFolder({ from, to, quantise });
const writeJson = (name: string, value: unknown) => {
  mkdirSync(join(from, name, '..'), { recursive: true });
  writeFileSync(join(from, name), JSON.stringify(value));
};
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const part = (kind: string, path = '') => ({ type: `sentence_transformers.models.${kind}`, path });

/** A made-up file whose vectors are the rows of a table. */
async function writeOnnx(name: string, change: Partial<NewModel> = {}): Promise<void> {
  const table = makeTensor(
    'table',
    FLOAT,
    [300, 4],
    Float32Array.from({ length: 1_200 }, (_, i) => Math.sin(i)),
  );
  const border = (value: string, type: number, dims = ['batch', 'sequence']) => ({ name: value, type, dims });
  const model: NewModel = {
    name: 'made up',
    operatorSet: 17,
    tensors: [table],
    nodes: [makeNode('Gather', ['table', 'input_ids'], 'last_hidden_state')],
    inputs: [border('input_ids', INT64), border('attention_mask', INT64)],
    outputs: [border('last_hidden_state', FLOAT, ['batch', 'sequence', 'dimension'])],
    ...change,
  };
  mkdirSync(join(from, name, '..'), { recursive: true });
  rmSync(join(from, name), { force: true });
  await writeNewFile(join(from, name), makeModel(model));
}

describe('a published folder', () => {
  it('is taken over with everything that it says of itself', async () => {
    writeJson('modules.json', [part('Transformer'), part('Pooling', '1_Pooling'), part('Normalize', '2_Normalize')]);
    writeJson('1_Pooling/config.json', { word_embedding_dimension: 32, pooling_mode_cls_token: true, pooling_mode_mean_tokens: false });
    writeJson('sentence_bert_config.json', { max_seq_length: 30 });
    const { files, ...rest } = await convert();
    expect(rest).toEqual({
      source: 'safetensors',
      quantised: false,
      architecture: 'BertModel',
      output: 'last_hidden_state',
      dimension: 32,
      maxTokens: 30,
      pooling: 'cls',
      normalise: true,
    });
    for (const { path, sha256: hash, size } of [files.model, files.tokenizer]) {
      expect([hash, size]).toEqual([sha256(join(to, path)), readFileSync(join(to, path)).length]);
    }
    expect(readFileSync(join(to, 'tokenizer.json'))).toEqual(readFileSync(join(from, 'tokenizer.json')));
    expect(readdirSync(to).sort()).toEqual(['model.onnx', 'tokenizer.json']);
  });

  it('that says nothing of pooling leaves it open', async () => {
    expect(await convert()).toMatchObject({ pooling: undefined, normalise: undefined, maxTokens: 40 });
  });

  it('of a cross-encoder gives as many numbers as it has labels', async () => {
    writeFolder(from, tinyBertClassifier());
    expect(await convert()).toMatchObject({ output: 'logits', dimension: 3, architecture: 'BertForSequenceClassification' });
  });

  it('gives the same bytes each time', async () => {
    writeFolder(from, tinyMpnet());
    const [first, second] = [await convert(true), await convertFolder({ from, to: join(to, 'again'), quantise: true })];
    expect(second).toEqual(first);
  });

  it('tells how far it is, stage by stage', async () => {
    const told: [ConversionStage, number][] = [];
    await convertFolder({ from, to, quantise: true, onProgress: (stage, fraction) => told.push([stage, fraction]) });
    expect([...new Set(told.map(([stage]) => stage))]).toEqual(['build', 'calibrate', 'quantise', 'write', 'try']);
    expect(told.every(([, fraction], i) => fraction <= 1 && (told[i - 1]?.[0] !== told[i]?.[0] || fraction >= (told[i - 1]?.[1] ?? 0)))).toBe(true);
    expect(told.at(-1)).toEqual(['try', 1]);
  });

  it('with an ONNX file too is taken with that, byte for byte', async () => {
    await writeOnnx('onnx/model.onnx');
    expect(await convert()).toMatchObject({ source: 'onnx', dimension: 4, maxTokens: 40 });
    expect(readFileSync(join(to, 'model.onnx')).equals(readFileSync(join(from, 'onnx/model.onnx')))).toBe(true);
  });

  it('a built file can be taken over again and quantised to the same bytes', async () => {
    const { files } = await convert(true);
    await convert(false);
    renameSync(join(to, 'model.onnx'), join(from, 'model.onnx'));
    expect((await convert(true)).files.model).toEqual(files.model);
  });
});

describe('a folder that cannot be taken over as it is', () => {
  // Not even a file that was begun.
  afterEach(() => expect(existsSync(to) ? readdirSync(to) : []).toEqual([]));

  it('with pickled weights only is refused with the reason and the way out', async () => {
    renameSync(join(from, 'model.safetensors'), join(from, 'pytorch_model.bin'));
    await expect(convert()).rejects.toThrow(/only as pytorch_model.bin. .*run whatever program.*model.safetensors/);
  });

  it('with weights in pieces is refused', async () => {
    renameSync(join(from, 'model.safetensors'), join(from, 'model.safetensors.index.json'));
    await expect(convert()).rejects.toThrow('several safetensors files');
  });

  it.each([
    ['model.safetensors', 'none of model.onnx, onnx/model.onnx, model.safetensors'],
    ['config.json', 'no config.json'],
    ['tokenizer.json', 'no tokenizer.json'],
  ])('without its %s is refused', async (name, reason) => {
    rmSync(join(from, name));
    await expect(convert()).rejects.toThrow(reason);
  });

  it('that is not there is refused', async () => {
    await expect(convertFolder({ from: join(root, 'nowhere'), to, quantise: false })).rejects.toThrow('There is no folder');
  });

  it.each(['model.safetensors', 'config.json', 'tokenizer.json'])('with a link for %s that leads out of it is refused', async (name) => {
    const outside = join(root, `outside-${rounds}`);
    renameSync(join(from, name), outside);
    symlinkSync(outside, join(from, name));
    await expect(convert()).rejects.toThrow(`${name} leads out of the folder`);
  });

  it('whose modules.json names a pooling outside of it is refused', async () => {
    mkdirSync(join(root, 'secret'), { recursive: true });
    writeFileSync(join(root, 'secret', 'config.json'), '{}');
    writeJson('modules.json', [part('Pooling', '../secret')]);
    await expect(convert()).rejects.toThrow('leads out of the folder');
  });

  it('with an ONNX file that keeps data in another one is refused', async () => {
    await writeOnnx('model.onnx');
    const outside = message(13, [text(1, 'location'), text(2, '../../etc/passwd')]);
    appendFileSync(join(from, 'model.onnx'), encode([message(7, [message(5, [text(8, 'more'), outside])])]));
    await expect(convert()).rejects.toThrow('data in other files');
  });

  it.each([
    ['of something else', '<html>not found</html>', 'not a whole ONNX file'],
    ['that is empty', '', 'model gives'],
  ])('with an ONNX file %s is refused', async (_, content, reason) => {
    writeFileSync(join(from, 'model.onnx'), content);
    await expect(convert()).rejects.toThrow(reason);
  });

  it('whose model gives something else is refused with what it gives', async () => {
    const outputs = [{ name: 'sentence_embedding', type: FLOAT }];
    await writeOnnx('model.onnx', { outputs, nodes: [makeNode('Gather', ['table', 'input_ids'], 'sentence_embedding')] });
    await expect(convert()).rejects.toThrow('The model gives sentence_embedding; last_hidden_state is needed');
  });

  it('whose model takes something else is refused with what it takes', async () => {
    await writeOnnx('model.onnx', { inputs: [{ name: 'pixels', type: INT64 }], nodes: [makeNode('Gather', ['table', 'pixels'], 'last_hidden_state')] });
    await expect(convert()).rejects.toThrow('The model takes pixels');
  });

  it('whose model lets texts depend on one another is refused', async () => {
    const axes = makeTensor('axes', INT64, [2], BigInt64Array.of(0n, 1n));
    const nodes = [
      makeNode('Gather', ['table', 'input_ids'], 'own'),
      makeNode('ReduceMax', ['own'], 'of_all'),
      makeNode('Add', ['own', 'of_all'], 'last_hidden_state'),
    ];
    await writeOnnx('model.onnx', {
      nodes,
      tensors: [
        makeTensor(
          'table',
          FLOAT,
          [300, 1],
          Float32Array.from({ length: 300 }, (_, i) => i),
        ),
        axes,
      ],
    });
    await expect(convert()).rejects.toThrow('another vector when a longer one is beside it');
  });

  it('whose model gives nothing but zeros is refused', async () => {
    await writeOnnx('model.onnx', { tensors: [makeTensor('table', FLOAT, [300, 4], new Float32Array(1_200))] });
    await expect(convert()).rejects.toThrow('no usable numbers');
  });

  it('whose model has nothing to quantise is refused when that is asked for', async () => {
    await writeOnnx('model.onnx');
    await expect(convert(true)).rejects.toThrow('no products with constant matrices');
  });

  it.each([
    [{ pooling_mode_max_tokens: true }, 'pooling_mode_max_tokens is not supported'],
    [{ pooling_mode_cls_token: true, pooling_mode_mean_tokens: true }, 'pooling_mode_cls_token with pooling_mode_mean_tokens'],
  ])('with the pooling %j is refused', async (pooling, reason) => {
    writeJson('1_Pooling/config.json', pooling);
    await expect(convert()).rejects.toThrow(reason);
  });

  it('with a layer behind the pooling is refused', async () => {
    writeJson('modules.json', [part('Transformer'), part('Pooling', '1_Pooling'), part('Dense', '2_Dense')]);
    await expect(convert()).rejects.toThrow('module Dense');
  });

  it('with a tokenizer.json that is no JSON is refused', async () => {
    writeFileSync(join(from, 'tokenizer.json'), 'version https://git-lfs.github.com/spec/v1');
    await expect(convert()).rejects.toThrow('tokenizer.json is not valid JSON');
  });
});
