#!/usr/bin/env node
// How good BM25 alone is:  node scripts/measure-relevance.mjs FOLDER   (the package must be built). FOLDER holds one folder per collection, in BEIR's form:
// corpus.jsonl, queries.jsonl and qrels/test.tsv. nDCG@10 with exponential gain, recall@100.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyse, countedDocument, DEFAULT_AVERAGE_LENGTH, documentVector, queryLanguages, queryVector, TermStatistics } from '../dist/sparse/index.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node scripts/measure-relevance.mjs FOLDER');

const readLines = (...path) =>
  readFileSync(join(folder, ...path), 'utf8')
    .split('\n')
    .filter(Boolean);
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

function readJudgments(collection) {
  const judgments = new Map();
  for (const line of readLines(collection, 'qrels', 'test.tsv').slice(1)) {
    const [query, document, grade] = line.split('\t');
    if (!judgments.has(query)) judgments.set(query, new Map());
    judgments.get(query).set(document, Number(grade));
  }
  return judgments;
}

/** The title counts twice in collections that repeat it in the text, as it does for everybody who measures on them. */
const textOf = ({ title = '', text }) => `${title}
${text}`;

function buildIndex(vectors) {
  const postings = new Map();
  vectors.forEach(({ indices, values }, document) => {
    indices.forEach((index, position) => {
      if (!postings.has(index)) postings.set(index, []);
      postings.get(index).push([document, values[position]]);
    });
  });
  return postings;
}

function search(postings, { indices, values }, limit) {
  const scores = new Map();
  indices.forEach((index, position) => {
    for (const [document, value] of postings.get(index) ?? []) scores.set(document, (scores.get(document) ?? 0) + values[position] * value);
  });
  return [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, limit);
}

const gain = (grades) => grades.slice(0, 10).reduce((sum, grade, rank) => sum + (2 ** grade - 1) / Math.log2(rank + 2), 0);

function judge(found, grades) {
  const ideal = [...grades.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  if (ideal.length === 0) return undefined;
  const got = found.map((id) => Math.max(0, grades.get(id) ?? 0));
  return { ndcg: gain(got) / gain(ideal), recall: got.filter((grade) => grade > 0).length / ideal.length };
}

function measure(collection) {
  const documents = readLines(collection, 'corpus.jsonl').map((line) => JSON.parse(line));
  const queries = readLines(collection, 'queries.jsonl').map((line) => JSON.parse(line));
  const judgments = readJudgments(collection);
  const startedAt = performance.now();
  const analyses = documents.map((document) => analyse(textOf(document)));
  const seconds = (performance.now() - startedAt) / 1000;
  const statistics = new TermStatistics();
  for (const analysis of analyses) statistics.add(countedDocument(analysis));
  const terms = mean(analyses.map((analysis) => analysis.terms.length)).toFixed(0);
  const characters = documents.reduce((sum, document) => sum + textOf(document).length, 0);
  console.log(`${collection}: ${documents.length} documents, ${terms} terms each, ${(characters / 1e6 / seconds).toFixed(1)} MB/s`);
  for (const averageLength of [statistics.averageLength, DEFAULT_AVERAGE_LENGTH, DEFAULT_AVERAGE_LENGTH / 4, DEFAULT_AVERAGE_LENGTH * 4]) {
    const postings = buildIndex(analyses.map((analysis) => documentVector(analysis, { averageLength })));
    const results = queries.map(({ _id, text }) => {
      const found = search(postings, queryVector(analyse(text, queryLanguages(text, statistics.languages)), statistics), 100).map(
        ([document]) => documents[document]._id,
      );
      return judge(found, judgments.get(_id) ?? new Map());
    });
    const judged = results.filter((result) => result !== undefined);
    const figures = ['ndcg', 'recall'].map((name) => mean(judged.map((result) => result[name])).toFixed(3));
    console.log(`  average length ${averageLength.toFixed(0).padStart(4)}: nDCG@10 ${figures[0]}, recall@100 ${figures[1]}`);
  }
}

for (const collection of readdirSync(folder).sort()) measure(collection);
