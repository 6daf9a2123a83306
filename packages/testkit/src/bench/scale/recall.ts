import type { Part } from '../core/bench.js';
import { number } from '../core/format.js';
import { judge } from '../core/goals.js';
import { median } from '../core/statistics.js';
import { DOCUMENT_SPEC } from '../corpus/collections.js';
import { CorpusWriter } from '../corpus/corpus-writer.js';
import { Progress } from '../corpus/progress.js';
import { settled } from '../corpus/settled.js';
import { SingleVectors } from '../corpus/single-vectors.js';
import { mixedTenants, type Tenant } from '../corpus/tenants.js';
import { TextLikeVectors } from '../corpus/text-like-vectors.js';
import { LIMIT, POINTS, ScaledQdrant, type Setting } from './setting.js';

const { space: SPACE, dimension: DIMENSION } = DOCUMENT_SPEC;
const EXACT = 'an exact search';

interface Found {
  points: number;
  /** Share of what the exact search finds, by round. */
  recalls: number[];
}

/** G19: how much of the truth a search by meaning finds at default settings, for each size that an organisation has here. */
export async function measureRecall({ context, size }: Setting): Promise<Part> {
  const qdrant = new ScaledQdrant(context.stack);
  const tenants = mixedTenants(size.recallPoints);
  await fill(qdrant, tenants, context.log);
  const found: Found[] = [];
  for (const points of new Set(tenants.map((tenant) => tenant.points))) {
    const ofSize = tenants.filter((tenant) => tenant.points === points);
    const recalls: number[] = [];
    for (let round = 0; round < size.rounds; round++) recalls.push(await recallOf(qdrant, ofSize, { seed: 80 + round, queries: size.recallQueries }));
    context.log(`organisations of ${number(points)} points: ${number(median(recalls))}`);
    found.push({ points, recalls });
  }
  await qdrant.spaces.dropSpace(SPACE);
  await qdrant.close();
  return partOf(found);
}

async function fill({ gateway, spaces }: ScaledQdrant, tenants: readonly Tenant[], log: (line: string) => void): Promise<void> {
  const [vectors, writer] = [new SingleVectors(71), new CorpusWriter(gateway)];
  const total = tenants.reduce((sum, { points }) => sum + points, 0);
  const progress = new Progress(log, 'points to be found again', total);
  await gateway.ensureSpace(DOCUMENT_SPEC);
  for (const { scope, points } of tenants) {
    for (let first = 0; first < points; first += POINTS) {
      const count = Math.min(POINTS, points - first);
      await writer.write(scope, SPACE, vectors.of(scope, first, count));
      progress.add(count);
    }
  }
  await writer.done();
  await settled(spaces, SPACE);
}

async function recallOf({ gateway }: ScaledQdrant, tenants: readonly Tenant[], { seed, queries }: { seed: number; queries: number }): Promise<number> {
  const vectors = new TextLikeVectors(seed, DIMENSION);
  let hits = 0;
  for (let at = 0; at < queries; at++) {
    const { scope } = tenants[at % tenants.length] as Tenant;
    const question = { vector: vectors.next(), limit: LIMIT };
    const truth = new Set((await gateway.search(scope, SPACE, { ...question, params: { exact: true } })).map(({ id }) => id));
    hits += (await gateway.search(scope, SPACE, question)).filter(({ id }) => truth.has(id)).length;
  }
  return hits / (queries * LIMIT);
}

function partOf(found: readonly Found[]): Part {
  return {
    tables: [
      {
        title: `Recall of ${LIMIT} hits, default settings`,
        columns: ['points of the organisation', 'median', 'worst round'],
        rows: found.map(({ points, recalls }) => [number(points), median(recalls).toFixed(3), Math.min(...recalls).toFixed(3)]),
      },
    ],
    goals: found.map(({ points, recalls }) => {
      const subject = { name: `organisations of ${number(points)} points`, rounds: recalls };
      const baseline = { name: EXACT, rounds: recalls.map(() => 1) };
      return judge({ goal: 'G19', what: `recall of ${LIMIT} hits, ${subject.name}`, subject, baseline, limit: { atLeast: 0.98 } });
    }),
    notes: ['The vectors are made up: they differ in a few directions and a little in all, as those of texts do.'],
    raw: found,
  };
}
