import type { SparseVector } from '@cairn/common/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Analysis, analyse } from './analyse.js';
import { documentVector, queryVector } from './bm25.js';
import { queryLanguages } from './detect-languages.js';
import { countedDocument, TermStatistics } from './term-statistics.js';

const K1 = 1.2;
const B = 0.75;

function dot(one: SparseVector, other: SparseVector): number {
  const values = new Map([...other.indices].map((index, position) => [index, other.values[position] as number]));
  return [...one.indices].reduce((sum, index, position) => sum + (one.values[position] as number) * (values.get(index) ?? 0), 0);
}

/** BM25 as Lucene writes it, from the words themselves. */
function bruteForce(query: string[], document: string[], all: string[][]): number {
  const averageLength = all.reduce((sum, words) => sum + words.length, 0) / all.length;
  return query.reduce((sum, word) => {
    const containing = all.filter((words) => words.includes(word)).length;
    const count = document.filter((other) => other === word).length;
    const idf = Math.log(1 + (all.length - containing + 0.5) / (containing + 0.5));
    return sum + (idf * count) / (count + K1 * (1 - B + (B * document.length) / averageLength));
  }, 0);
}

function statisticsOf(analyses: Analysis[]): TermStatistics {
  const statistics = new TermStatistics();
  for (const analysis of analyses) statistics.add(countedDocument(analysis));
  return statistics;
}

const words = fc.array(fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'omega', 'sigma'), { minLength: 1, maxLength: 40 });

it('the dot product is what BM25 gives', () => {
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 12 }), words, (documents, query) => {
      const analyses = documents.map((document) => analyse(document.join(' '), []));
      const statistics = statisticsOf(analyses);
      const queried = queryVector(analyse(query.join(' '), []), statistics);
      analyses.forEach((analysis, position) => {
        const expected = bruteForce(query, documents[position] as string[], documents);
        const score = dot(queried, documentVector(analysis, { averageLength: statistics.averageLength }));
        expect(Math.abs(score - expected)).toBeLessThanOrEqual(1e-5 * Math.max(1, expected));
      });
    }),
  );
});

it('indices ascend and are distinct, values are finite and positive', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      for (const { indices, values } of [documentVector(analyse(text)), queryVector(analyse(text), new TermStatistics())]) {
        expect(values).toHaveLength(indices.length);
        expect(indices.every((index, position) => position === 0 || index > (indices[position - 1] as number))).toBe(true);
        expect(values.every((value) => value > 0 && value < 1000)).toBe(true);
      }
    }),
  );
});

it('k1 and b are the caller’s', () => {
  const analysis = analyse('alpha alpha beta', []);
  expect([...documentVector(analysis, { k1: 0 }).values]).toEqual([1, 1]);
  const [alpha] = documentVector(analyse('alpha alpha', []), { k1: 2, b: 0 }).values;
  expect(alpha).toBe(0.5);
});

function rank(query: string, documents: string[]): string[] {
  const analyses = documents.map((document) => analyse(document));
  const statistics = statisticsOf(analyses);
  const queried = queryVector(analyse(query, queryLanguages(query, statistics.languages)), statistics);
  const scores = analyses.map((analysis) => dot(queried, documentVector(analysis, { averageLength: statistics.averageLength })));
  const order = documents.map((text, position) => ({ text, score: scores[position] as number })).filter(({ score }) => score > 0);
  return order.sort((a, b) => b.score - a.score).map(({ text }) => text);
}

describe('ERR-4711', () => {
  const long = `${'The connection to the storage was lost while the job was running, and the operator restarted it. '.repeat(12)} It said ERR-4711 again.`;
  const nearMisses = [
    'ERR-4712',
    '4711',
    'ERR 47 11',
    'ERR ERR ERR 4711 4711 4711',
    'ERR-47110 and ERR-471',
    'XERR-4711',
    'WARN-4711, see ERR-1',
    'The error 4711 of the old system, ERR for short',
  ];

  it.each(['ERR-4711', 'err-4711', 'ERR‑4711', 'what is ERR-4711?', '“ERR-4711”'])('asked as %s is found first among near misses', (query) => {
    expect(rank(query, [...nearMisses, long])[0]).toBe(long);
    expect(rank(query, [...nearMisses, 'Cause of ERR-4711: the disk is full.'])[0]).toContain('ERR-4711:');
  });

  it('is found in any language, and beside letters without spaces', () => {
    for (const text of ['Der Fehler ERR-4711 tritt auf', 'Ошибка ERR-4711 при запуске', '系统报告ERR-4711错误']) {
      expect(rank('ERR-4711', [...nearMisses, text])[0]).toBe(text);
    }
  });
});

describe('words', () => {
  it('Russian and German are found in other forms, the same form first', () => {
    expect(rank('сервера', ['база данных', 'мы купили серверы для компании', 'эти сервера для компании'])).toEqual([
      'эти сервера для компании',
      'мы купили серверы для компании',
    ]);
    expect(rank('Verbindungen', ['ein Haus am Meer', 'die Verbindung wurde getrennt', 'die Verbindungen wurden getrennt'])).toEqual([
      'die Verbindungen wurden getrennt',
      'die Verbindung wurde getrennt',
    ]);
  });

  it('Chinese, Japanese and Thai are found in the middle of a sentence', () => {
    expect(rank('系统错误', ['今天天气很好', '昨天发生了系统错误', '系统很好'])).toEqual(['昨天发生了系统错误', '系统很好']);
    expect(rank('データベース', ['新しいサーバー', 'このデータベースは遅い'])).toEqual(['このデータベースは遅い']);
    expect(rank('ประเทศไทย', ['สวัสดีครับ', 'เขาอยู่ในประเทศไทยมานาน'])[0]).toBe('เขาอยู่ในประเทศไทยมานาน');
  });

  it('a query of nothing but stop words finds them', () => {
    expect(rank('to be or not to be', ['a play about a prince', 'to be or not to be, that is the question'])[0]).toContain('question');
  });

  it('a name that looks like another language is stemmed as the documents are', () => {
    const documents = ['He is tuning guitars', 'The boats of the river are old', 'What we know about the weather'];
    expect(rank('guitar chord', documents)).toEqual(['He is tuning guitars']);
  });
});
