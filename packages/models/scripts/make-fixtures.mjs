#!/usr/bin/env node
// Fills in what the fp32 file says about each `text` of src/fixtures/reference.json:  node scripts/make-fixtures.mjs <folder with model.onnx>
// Needs the package to be built. The tests hold the 8-bit file to these vectors.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BUILT_IN_MODEL, EmbeddingRuntime, makeTokenizer } from '../dist/index.js';

const fixture = new URL('../src/fixtures/reference.json', import.meta.url);
const [folder] = process.argv.slice(2).map((path) => resolve(path));
if (!folder) throw new Error('usage: node make-fixtures.mjs <folder with model.onnx and tokenizer.json>');
const fileOf = (path) => ({
  path,
  sha256: createHash('sha256')
    .update(readFileSync(`${folder}/${path}`))
    .digest('hex'),
});
const model = { ...BUILT_IN_MODEL, folder, files: { model: fileOf('model.onnx'), tokenizer: fileOf('tokenizer.json') } };

const texts = JSON.parse(readFileSync(fixture, 'utf8')).map(({ text }) => text);
const tokenizer = makeTokenizer(JSON.parse(readFileSync(`${folder}/tokenizer.json`, 'utf8')), model.maxTokens);
const runtime = await EmbeddingRuntime.start({ model });
const rows = [];
for (const text of texts) {
  const [{ vector, tokens }] = await runtime.embedDocuments([text]);
  rows.push({ text, tokenIds: [...tokenizer.encode(text).ids], tokensUntruncated: tokens, vector: Buffer.from(vector.buffer).toString('base64') });
}
await runtime.stop();
writeFileSync(fixture, `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`);
