import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Relevance } from '@cairn/retrieval';
import type { Document } from '../../acceptance/collection-client.js';

export interface Question {
  text: string;
  relevance: Relevance;
}

/** Documents, questions, and which answers which, as people judged it. */
export interface JudgedCollection {
  name: string;
  documents: Document[];
  questions: Question[];
}

interface Line {
  _id: string;
  title?: string;
  text: string;
}

/** The collections below a folder, each in the form of BEIR: corpus.jsonl, queries.jsonl, qrels/test.tsv. */
export function judgedCollections(folder: string): JudgedCollection[] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.filter((name) => existsSync(join(folder, name, 'corpus.jsonl'))).map((name) => readCollection(join(folder, name)));
}

function readCollection(folder: string): JudgedCollection {
  const judgments = readJudgments(join(folder, 'qrels', 'test.tsv'));
  const documents = linesOf(join(folder, 'corpus.jsonl')).flatMap(({ _id, title = '', text }) => {
    const content = text.trim() ? text : title;
    return content.trim() ? [{ external_id: _id, ...(title.trim() && { title: title.trim() }), text: content }] : [];
  });
  const questions = linesOf(join(folder, 'queries.jsonl')).flatMap(({ _id, text }) => {
    const relevance = judgments.get(_id);
    return relevance ? [{ text, relevance }] : [];
  });
  return { name: basename(folder), documents, questions };
}

function readJudgments(file: string): Map<string, Map<string, number>> {
  const judgments = new Map<string, Map<string, number>>();
  const [, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  for (const row of rows) {
    const [question = '', document = '', score] = row.trim().split('\t');
    const known = judgments.get(question) ?? new Map<string, number>();
    judgments.set(question, known.set(document, Number(score)));
  }
  return judgments;
}

const linesOf = (file: string): Line[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as Line);

const LATIN = 'abcdefghijklmnopqrstuvwxyz';
const OTHER = 'жцнвуышкиэмлбтофпсрдячзхгю';

/** The same collection in letters that mean nothing to a model of English, while words are the same words as before. */
export function inOtherLetters({ name, documents, questions }: JudgedCollection): JudgedCollection {
  return {
    name: `${name}, in a script that the model does not know`,
    documents: documents.map(({ title, text, ...rest }) => ({ ...rest, ...(title && { title: otherLetters(title) }), text: otherLetters(text) })),
    questions: questions.map(({ text, relevance }) => ({ text: otherLetters(text), relevance })),
  };
}

const otherLetters = (text: string): string => text.toLowerCase().replaceAll(/[a-z]/g, (letter) => OTHER[LATIN.indexOf(letter)] as string);
