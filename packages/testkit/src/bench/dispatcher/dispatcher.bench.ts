import { randomBytes } from 'node:crypto';
import { BellRinger, connectNats, ensureJobStream, OutboxRepository, Subjects } from '@cairn/common';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { createTestDatabase, type TestDatabase } from '../../system/test-database.js';
import { natsUrlOf } from '../../system/test-system.js';
import type { Bench, BenchContext, BenchResult } from '../core/bench.js';
import { number, percent, times } from '../core/format.js';
import { judge, type Series } from '../core/goals.js';
import { interleave } from '../core/interleave.js';
import { median, pairedRatio, spread } from '../core/statistics.js';
import { BATCH, drain, publishOnly, ringByPublish } from './drains.js';
import { seedBacklog, seedHistory } from './outbox-seed.js';

const FULL = { rounds: 5, backlog: 40_000, history: 1_000_000 };
const QUICK = { rounds: 3, backlog: 10_000, history: 100_000 };

interface Contestant {
  name: string;
  /** Rows to be rung before the clock starts; not every contestant has a database. */
  seed?: () => Promise<void>;
  run: () => Promise<number>;
}

const OURS = 'Cairn';
const CEILING = 'publishing only, no database';
const USUAL = 'same, one js.publish per message';

export const DISPATCHER: Bench = {
  name: 'dispatcher',
  title: 'Dispatcher: from the outbox to the broker',
  run: async (context) => {
    const size = context.quick ? QUICK : FULL;
    const nats = await connectNats({ urls: [natsUrlOf(context.stack)], replicas: 1 }, 'bench-dispatcher');
    const subjects = new Subjects(`b${randomBytes(4).toString('hex')}`);
    await ensureJobStream(nats, subjects, { replicas: 1, ackWaitMs: 30_000 });
    const contestants = await contestantsOf(context, size, nats, subjects);
    const rates = await interleave(contestants, size.rounds, (one, round) => measure(context, one, round, () => purge(nats, subjects)));
    await nats.close();
    return resultOf(
      [...rates].map(([name, rounds]) => ({ name, rounds })),
      size,
    );
  },
};

async function contestantsOf(context: BenchContext, size: typeof FULL, nats: NatsConnection, subjects: Subjects): Promise<Contestant[]> {
  const empty = await createTestDatabase(context.stack.postgres);
  const full = await createTestDatabase(context.stack.postgres);
  context.log(`seeding ${number(size.history)} rows that were rung already`);
  await seedHistory(full, size.history);
  const ringer = new BellRinger(nats, subjects);
  const outboxOf = async (database: TestDatabase) => new OutboxRepository(await database.as('dispatch'));
  const [outbox, fullOutbox] = [await outboxOf(empty), await outboxOf(full)];
  const ring = ringer.ring.bind(ringer);
  return [
    { name: CEILING, run: () => publishOnly(ringer, size.backlog) },
    { name: OURS, seed: () => seedBacklog(empty, size.backlog), run: () => drain(outbox, ring) },
    { name: keptName(size), seed: () => seedBacklog(full, size.backlog), run: () => drain(fullOutbox, ring) },
    { name: USUAL, seed: () => seedBacklog(empty, size.backlog), run: () => drain(outbox, ringByPublish(nats, subjects)) },
  ];
}

const keptName = ({ history }: typeof FULL): string => `Cairn, ${number(history)} rung rows kept`;

async function measure(context: BenchContext, { name, seed, run }: Contestant, round: number, purgeStream: () => Promise<void>): Promise<number> {
  await seed?.();
  await purgeStream();
  const startedAt = performance.now();
  const count = await run();
  const perSecond = count / ((performance.now() - startedAt) / 1_000);
  context.log(`round ${round}  ${name}: ${number(perSecond)} messages/s`);
  return perSecond;
}

async function purge(nats: NatsConnection, subjects: Subjects): Promise<void> {
  await (await jetstreamManager(nats)).streams.purge(subjects.jobStream);
}

function resultOf(series: Series[], size: typeof FULL): BenchResult {
  const named = (name: string) => series.find((one) => one.name === name) as Series;
  const ours = named(OURS);
  const goal = (what: string, subject: Series, baseline: Series, atLeast: number) => judge({ goal: 'G9', what, subject, baseline, limit: { atLeast } });
  return {
    scenario: `A backlog of ${number(size.backlog)} rows of 100 organisations, drained by one OutboxRepository and one BellRinger in batches of ${BATCH}: claim, publish, wait for every acknowledgement, mark, commit. ${size.rounds} rounds.`,
    tables: [
      {
        title: 'Messages per second',
        columns: ['dispatcher', 'messages/s', 'spread', 'Cairn is'],
        rows: series.map((one) => [one.name, number(median(one.rounds)), percent(spread(one.rounds)), times(pairedRatio(ours.rounds, one.rounds))]),
      },
    ],
    goals: [
      goal('messages/s against publishing alone', ours, named(CEILING), 0.4),
      goal('messages/s against a dispatcher that calls js.publish', ours, named(USUAL), 2),
      goal('messages/s with a history against an empty outbox', named(keptName(size)), ours, 0.9),
    ],
    notes: [
      'The history are bells that were rung and not answered. Answered ones are deleted in the statement that leases their job, so they cannot slow anything down.',
    ],
    raw: series,
  };
}
