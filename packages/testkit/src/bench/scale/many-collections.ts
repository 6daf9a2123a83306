import { newId } from '@cairn/common';
import { type Stack, startStack } from '@cairn/stack';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { megabytesOf } from '../core/process-memory.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { DOCUMENT_SPEC } from '../corpus/collections.js';
import { CorpusWriter } from '../corpus/corpus-writer.js';
import { MadeTexts } from '../corpus/made-texts.js';
import { Progress } from '../corpus/progress.js';
import { settled } from '../corpus/settled.js';
import { SingleVectors } from '../corpus/single-vectors.js';
import { newTenant, type Tenant } from '../corpus/tenants.js';
import { TextLikeVectors } from '../corpus/text-like-vectors.js';
import { LIMIT, POINTS, ScaledQdrant, type Setting } from './setting.js';

const { space: SPACE, dimension: DIMENSION } = DOCUMENT_SPEC;
const SEED = 61;

interface Contestant {
  name: string;
  stack: Stack;
  qdrant: ScaledQdrant;
  tenant: Tenant;
  indexIds: string[];
}

interface Restart {
  ms: number;
  megabytes: number;
}

/** G15: what a Qdrant notices of the same points when they are those of many collections. */
export async function measureManyCollections({ context, size }: Setting): Promise<Part> {
  const contestants: Contestant[] = [];
  for (const collections of [size.collections, 1]) {
    const one = await start(collections, size.collections * POINTS);
    contestants.push(one);
    await fill(one, context.log);
  }
  const results = await interleave(contestants, size.rounds, async (one, round) => {
    const found = await restart(one, size.collections);
    context.log(`round ${round}  ${one.name}: ${number(found.ms)} ms, ${number(found.megabytes)} MiB`);
    return found;
  });
  for (const { qdrant, stack } of contestants) {
    await qdrant.close();
    await stack.stop();
  }
  return partOf(results);
}

async function start(collections: number, points: number): Promise<Contestant> {
  const stack = await startStack({ servers: ['qdrant'] });
  const name = collections === 1 ? `one collection of ${number(points)} chunks` : `${collections} collections of ${number(points / collections)} chunks`;
  const indexIds = Array.from({ length: collections }, () => newId());
  return { name, stack, qdrant: new ScaledQdrant(stack), tenant: newTenant(points), indexIds };
}

async function fill({ name, qdrant, tenant, indexIds }: Contestant, log: (line: string) => void): Promise<void> {
  const [vectors, texts, writer] = [new SingleVectors(SEED), new MadeTexts(SEED), new CorpusWriter(qdrant.gateway)];
  const progress = new Progress(log, name, tenant.points);
  await qdrant.gateway.ensureSpace(DOCUMENT_SPEC);
  for (let first = 0; first < tenant.points; first += POINTS) {
    const index_id = indexIds[Math.floor(first / POINTS) % indexIds.length] as string;
    const points = vectors.of(tenant.scope, first, POINTS).map((point) => ({ ...point, terms: texts.next().terms, payload: { ...point.payload, index_id } }));
    await writer.write(tenant.scope, SPACE, points);
    progress.add(points.length);
  }
  await writer.done();
  await settled(qdrant.spaces, SPACE);
}

/** How long until it answers again, and what it holds when it has answered some. */
async function restart({ stack, qdrant, tenant, indexIds }: Contestant, searches: number): Promise<Restart> {
  const vectors = new TextLikeVectors(SEED + 1, DIMENSION);
  const search = async (at: number) => {
    const index_id = [indexIds[at % indexIds.length] as string];
    const hits = await qdrant.gateway.search(tenant.scope, SPACE, { vector: vectors.next(), limit: LIMIT, conditions: { index_id } });
    if (hits.length !== LIMIT) throw new Error(`a search found ${hits.length} of ${LIMIT}`);
  };
  await stack.stop('qdrant');
  const startedAt = performance.now();
  await stack.start('qdrant');
  await search(0);
  const ms = performance.now() - startedAt;
  for (let at = 1; at < searches; at++) await search(at);
  return { ms, megabytes: megabytesOf(stack.qdrant.pid as number) };
}

function partOf(results: Map<string, Restart[]>): Part {
  const series = (pick: (restart: Restart) => number): Series[] => [...results].map(([name, rounds]) => ({ name, rounds: rounds.map(pick) }));
  const [restarts, memories] = [series(({ ms }) => ms), series(({ megabytes }) => megabytes)];
  const [many, one] = restarts as [Series, Series];
  const [manyHeld, oneHeld] = memories as [Series, Series];
  return {
    tables: [
      {
        title: 'A Qdrant with many collections',
        columns: ['what is there', 'restart ms', 'spread', 'MiB after it', 'restart of one', 'MiB of one'],
        rows: restarts.map(({ name, rounds }, at) => {
          const held = memories[at] as Series;
          const ratios = [times(pairedRatio(rounds, one.rounds)), times(pairedRatio(held.rounds, oneHeld.rounds))];
          return [name, number(median(rounds)), percent(spread(rounds)), number(median(held.rounds)), ...ratios];
        }),
      },
    ],
    goals: [
      judge({ goal: 'G15', what: 'restart of Qdrant with many collections', subject: many, baseline: one, limit: { atMost: 1.5 } }),
      judge({ goal: 'G15', what: 'memory of Qdrant with many collections', subject: manyHeld, baseline: oneHeld, limit: { atMost: 1.2 } }),
    ],
    notes: ['A restart is measured from the start of the process to its first answer, memory when every collection was asked once, or the one as often.'],
    raw: Object.fromEntries(results),
  };
}
