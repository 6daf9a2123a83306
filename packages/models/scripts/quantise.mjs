#!/usr/bin/env node
// Makes the batch-invariant 8-bit form of a BERT-like encoder:  node quantise.mjs <model.onnx> <result.onnx>   (the package must be built)
import { rmSync } from 'node:fs';
import { quantise } from '../dist/convert/quantise.js';
import { writeNewFile } from '../dist/convert/write-file.js';

const [source, target] = process.argv.slice(2);
if (!source || !target) throw new Error('usage: node quantise.mjs <model.onnx> <result.onnx>');
const result = await quantise({ source, scratch: `${target}.scratch` });
rmSync(target, { force: true });
const { sha256, size } = await writeNewFile(target, result);
console.log(`${sha256}  ${target} (${size} bytes)`);
