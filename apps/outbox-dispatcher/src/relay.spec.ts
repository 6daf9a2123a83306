import type { BellRinger, ClaimedBell, Lane, OutboxRepository, Sql } from '@cairn/common';
import { test } from '@jest/globals';
import type { DispatcherMetrics } from './dispatcher-metrics.js';
import { Relay } from './relay.js';

const QUIET = { info() {}, warn() {}, error() {} };
const LONG_POLL_MS = 60_000;

/** Rows in memory, as the repository shows them to one relay. */
class Rows {
  readonly waiting: Record<Lane, number> = { interactive: 0, bulk: 0 };
  readonly rung: Lane[] = [];
  looks = 0;
  onLook: () => void = () => undefined;
  onClaim: () => void = () => undefined;

  async dueLanes(): Promise<Set<Lane>> {
    this.looks++;
    const due = new Set((Object.keys(this.waiting) as Lane[]).filter((lane) => this.waiting[lane] > 0));
    this.onLook();
    return due;
  }

  async withClaimed<T>({ lane, batch }: { lane: Lane; batch: number }, ring: (bells: ClaimedBell[], sql: Sql) => Promise<T>): Promise<T> {
    const count = Math.min(batch, this.waiting[lane]);
    this.waiting[lane] -= count;
    for (let bell = 0; bell < count; bell++) this.rung.push(lane);
    this.onClaim();
    return ring(
      Array.from({ length: count }, () => ({ lane, createdAt: new Date() }) as ClaimedBell),
      {} as Sql,
    );
  }

  async markRung(): Promise<void> {}
}

async function withRelay(rows: Rows, work: (relay: Relay) => Promise<void>): Promise<void> {
  const relay = relayOf(rows);
  try {
    await work(relay);
  } finally {
    await relay.stop();
  }
}

function relayOf(rows: Rows): Relay {
  const ringer = { ring: async (bells: ClaimedBell[]) => bells.map(() => ({ kind: 'rung' as const })) };
  const metrics = { rung() {}, refused() {} };
  const options = { batch: 10, pollMs: LONG_POLL_MS, perTenantCap: { interactive: 500, bulk: 50 }, refusalCap: 5 };
  return new Relay(
    rows as unknown as OutboxRepository,
    ringer as unknown as BellRinger,
    async () => undefined,
    metrics as unknown as DispatcherMetrics,
    QUIET,
    options,
  );
}

async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test('G12: bulk bells get their turn while interactive ones and their wake-ups never stop coming', async () => {
  const rows = new Rows();
  rows.waiting.bulk = 5;
  await withRelay(rows, async (relay) => {
    rows.onClaim = () => {
      rows.waiting.interactive = 1;
      relay.wake();
    };
    rows.onClaim();
    relay.start();
    await until(() => rows.rung.filter((lane) => lane === 'bulk').length === 5);
  });
});

test('a wake-up that comes while the relay is looking is not slept through', async () => {
  const rows = new Rows();
  await withRelay(rows, async (relay) => {
    rows.onLook = () => {
      if (rows.looks > 1) return;
      rows.waiting.interactive = 3; // a moment too late for this look
      relay.wake();
    };
    relay.start();
    await until(() => rows.rung.length === 3);
  });
});

test('a backlog is rung batch after batch without a wake-up', async () => {
  const rows = new Rows();
  rows.waiting.interactive = 95;
  await withRelay(rows, async (relay) => {
    relay.start();
    await until(() => rows.rung.length === 95);
  });
});

test('after a wake-up without interactive bells the bulk ones are found all the same', async () => {
  const rows = new Rows();
  await withRelay(rows, async (relay) => {
    relay.start();
    await until(() => rows.looks === 1);
    rows.waiting.bulk = 2;
    relay.wake();
    await until(() => rows.rung.length === 2);
  });
});
