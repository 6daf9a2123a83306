import { BUILT_IN_MODEL } from '@cairn/models';
import { newPerson } from '../../system/api-client.js';
import { TestSystem } from '../../system/test-system.js';
import { AS_IN_PRODUCTION } from '../core/as-in-production.js';
import type { Part } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { batchesOf } from './in-order.js';
import type { Setting } from './part.js';
import { TextSource } from './texts.js';
import { WatchedRuntime } from './watched-runtime.js';

const SEGMENTS_PER_JOB = 64;
const WITHIN_MS = 300_000;
const POLL_MS = 50;
const COUNT = `SELECT count(*) FILTER (WHERE state = 'succeeded')::int AS done,
  count(*) FILTER (WHERE state NOT IN ('queued', 'running', 'succeeded'))::int AS ended FROM jobs WHERE org_id = $1`;
const SYSTEM = 'accepted over HTTP until every job is completed';
const RUNTIME = 'the runtime alone, all texts at once';

/** G4: what is left of the model's rate when texts come over HTTP and their vectors are stored, indexed and live. */
export async function measureIngest({ context, size }: Setting): Promise<Part> {
  const system = await TestSystem.start({ stack: context.stack, services: ['api', 'dispatcher', 'worker'], env: AS_IN_PRODUCTION });
  const watched = await WatchedRuntime.start({ model: BUILT_IN_MODEL });
  const texts = new TextSource(12).mix(size.documents);
  const ways = [
    { name: SYSTEM, embed: () => throughSystem(system, texts) },
    { name: RUNTIME, embed: () => watched.runtime.embedDocuments(texts) },
  ];
  const results = await interleave(ways, size.rounds, async ({ name, embed }, round) => {
    const { ms } = await watched.during(embed);
    const perSecond = (texts.length / ms) * 1_000;
    context.log(`round ${round}  ${name}: ${number(perSecond)} texts/s`);
    return perSecond;
  });
  await watched.stop();
  await system.stop();
  return partOf([...results].map(([name, rounds]) => ({ name, rounds })));
}

/** Each time for a new organisation: a text that an organisation has sent before costs the worker no inference. */
async function throughSystem(system: TestSystem, texts: readonly string[]): Promise<void> {
  const client = system.client(newPerson());
  const jobs = batchesOf(texts, SEGMENTS_PER_JOB).map((some, at) => {
    const segments = some.map((text, index) => ({ segment_id: `s${index}`, text }));
    return client.ok('POST', '/vectors/embed/batch', { asset_id: `document-${at}`, segments });
  });
  await Promise.all(jobs);
  await allCompleted(system, client.person.org, jobs.length);
}

/** Asks the database: a client that asked for its jobs all the time would take the processors from who does the work. */
async function allCompleted({ database }: TestSystem, org: string, jobs: number): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (;;) {
    const [row] = await database.sql<{ done: number; ended: number }>(COUNT, [org]);
    const { done = 0, ended = 0 } = row ?? {};
    if (done === jobs) return;
    if (ended > 0 || performance.now() > deadline) throw new Error(`${done} of ${jobs} jobs are completed, ${ended} ended otherwise`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function partOf(series: Series[]): Part {
  const [ours, alone] = series as [Series, Series];
  return {
    tables: [
      {
        title: 'Texts of mixed length through the whole system, built-in model',
        columns: ['what', 'texts/s', 'spread', 'of the runtime alone'],
        rows: series.map(({ name, rounds }) => [name, number(median(rounds)), percent(spread(rounds)), times(pairedRatio(rounds, alone.rounds))]),
      },
    ],
    goals: [judge({ goal: 'G4', what: 'texts/s from HTTP to live vectors, 8-bit', subject: ours, baseline: alone, limit: { atLeast: 0.92 } })],
    notes: [],
    raw: Object.fromEntries(series.map(({ name, rounds }) => [name, rounds])),
  };
}
