#!/usr/bin/env node
// How fast the built-in model is here:  node scripts/measure.mjs   (the package must be built). Absolute figures; only those of one run compare.
import { readFileSync } from 'node:fs';
import { BUILT_IN_MODEL, EmbeddingRuntime, makeTokenizer } from '../dist/index.js';

const WORDS =
  'harbour ledger vessel cargo tide pilot storm lighthouse compressor refrigerant password certificate quarterly revenue subscription sentence'.split(' ');
const TEXTS = 512;
const QUERIES = 200;
const LONGEST = 250;

/** Lengths as chunks of documents have them: many short, few long. */
function madeUpText(i) {
  const words = Math.min(LONGEST, Math.round(90 * Math.exp(Math.sin(i * 7.3) * 1.2)));
  return Array.from({ length: words }, (_, k) => WORDS[(i * 31 + k * k) % WORDS.length]).join(' ');
}

const per = (count, ms) => Math.round((count / ms) * 1000).toLocaleString('en');
const quantile = (sorted, share) => sorted[Math.floor(sorted.length * share)].toFixed(1);

async function timeOf(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function queryTimes(runtime, count) {
  const times = [];
  for (let i = 0; i < count; i++) times.push(await timeOf(() => runtime.embedQuery(`how do I reset password ${i}`)));
  return times.sort((a, b) => a - b);
}

const tokenizerJson = JSON.parse(readFileSync(new URL('../builtin/all-MiniLM-L6-v2/tokenizer.json', import.meta.url), 'utf8'));
const tokenizer = makeTokenizer(tokenizerJson, BUILT_IN_MODEL.maxTokens);
const texts = Array.from({ length: TEXTS }, (_, i) => madeUpText(i));
const countTokens = () => texts.reduce((sum, text) => sum + tokenizer.encode(text).tokens, 0);
const tokens = countTokens();
const tokenising = await timeOf(countTokens);
console.log(`tokenizer: ${per(tokens, tokenising)} tokens/s`);

const runtime = await EmbeddingRuntime.start({ model: BUILT_IN_MODEL });
await runtime.embedDocuments(texts.slice(0, 32));
const before = runtime.info().documents.counters;
const embedding = await timeOf(() => runtime.embedDocuments(texts));
const after = runtime.info().documents.counters;
console.log(`documents: ${per(after.tokens - before.tokens, embedding)} tokens/s, ${per(TEXTS, embedding)} texts/s`);
console.log(`padding: ${((after.paddedTokens - before.paddedTokens) / (after.tokens - before.tokens)).toFixed(3)} computed tokens per token`);

const idle = await queryTimes(runtime, QUERIES);
console.log(`queries, idle: p50 ${quantile(idle, 0.5)} ms, p99 ${quantile(idle, 0.99)} ms`);
const bulk = runtime.embedDocuments(texts);
const busy = await queryTimes(runtime, QUERIES);
console.log(`queries beside documents: p50 ${quantile(busy, 0.5)} ms, p99 ${quantile(busy, 0.99)} ms`);
await bulk;
await runtime.stop();
