import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { FaultPoint } from '@cairn/common';
import { Chaos } from '../chaos/chaos.js';
import { reportOf } from '../chaos/checker.js';
import { CRASH_POINTS, killAt, stopAtEach } from '../chaos/crash-points.js';
import { bellsComeAgain, bellsComeInReverse } from '../chaos/delivery-faults.js';
import { type Fault, processFaults } from '../chaos/server-faults.js';
import { SERVICES, type ServiceName } from '../system/service-process.js';

const USAGE = 'Usage: npm run soak -- [--minutes 60] [--seed N] [--round-minutes 10]';
/** Servers are away for a moment or, one time in five, for a minute. */
const SHORT_MS = 2_000;
const LONG_MS = 60_000;
const LONG_SHARE = 0.2;

type Strike = () => Promise<void>;

/** The faults of the chaos tests in an order nobody planned, for as long as is asked, with a full comparison after each round. */
class Soak {
  private broken = 0;
  private missed = 0;

  constructor(
    private readonly chaos: Chaos,
    private readonly endsAt: number,
    private readonly roundMs: number,
  ) {}

  async run(): Promise<boolean> {
    for (let round = 1; Date.now() < this.endsAt; round++) {
      await this.chaos.nextCrowd();
      await this.strikeUntil(Math.min(this.endsAt, Date.now() + this.roundMs));
      await this.judge(round);
    }
    say(`${this.chaos.board.table()}\n${this.chaos.board.landed.length} faults landed, ${this.missed} did not, ${this.broken} rounds were broken`);
    return this.broken === 0;
  }

  private async strikeUntil(time: number): Promise<void> {
    while (Date.now() < time) {
      const { cell, strike } = this.next();
      try {
        await strike();
        say(`${cell}: through again after ${((this.chaos.board.landed.at(-1)?.throughAgainMs ?? 0) / 1_000).toFixed(2)} s`);
      } catch (error) {
        this.missed++;
        say(`${cell}: ${(error as Error).message}`);
        await this.bringBack();
      }
    }
  }

  /** A fault that did not come off may have left a service dead, frozen or waiting to be hit. */
  private async bringBack(): Promise<void> {
    for (const name of Object.keys(SERVICES) as ServiceName[]) await this.chaos.system.restart(name);
  }

  private next(): { cell: string; strike: Strike } {
    const { chaos } = this;
    const { servers, services } = processFaults(chaos.random.chance(LONG_SHARE) ? LONG_MS : SHORT_MS);
    const ofFault = (fault: Fault) => ({ cell: fault.cell, strike: async () => chaos.note(fault.cell, await fault.strike(chaos)) });
    const name = chaos.random.pick(Object.keys(CRASH_POINTS) as ServiceName[]);
    const point = chaos.random.pick(CRASH_POINTS[name] as FaultPoint[]);
    return chaos.random.pick([
      () => ({ cell: `SIGKILL at ${point}`, strike: () => this.thenRestart(name, () => killAt(chaos, name, point)) }),
      () => ({ cell: `SIGSTOP at ${point}`, strike: () => this.thenRestart(name, () => stopAtEach(chaos, name, [point])) }),
      () => ofFault(chaos.random.pick(servers)),
      () => ofFault(chaos.random.pick(services)),
      () => ofFault(chaos.random.pick([bellsComeAgain, bellsComeInReverse])),
    ])();
  }

  private async thenRestart(name: ServiceName, strike: Strike): Promise<void> {
    await strike();
    await this.chaos.system.restart(name);
  }

  private async judge(round: number): Promise<void> {
    say(`round ${round}: all clients stop, and everything is compared`);
    try {
      await this.chaos.crowd.settle();
      const verdict = await this.chaos.crowd.verdict();
      say(reportOf(verdict));
      if ([verdict.lost, verdict.doubled, verdict.foreign, verdict.broken].some((list) => list.length > 0)) this.broken++;
    } catch (error) {
      this.broken++;
      say(`round ${round} is broken: ${(error as Error).message}`);
    }
  }
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' }, 'round-minutes': { type: 'string' } } });
  const [minutes, roundMinutes, seed] = [Number(values.minutes ?? 60), Number(values['round-minutes'] ?? 10), Number(values.seed ?? randomInt(2 ** 31))];
  if (![minutes, roundMinutes, seed].every((number) => number > 0)) throw new Error(USAGE);
  say(`seed ${seed}; ${minutes} minutes in rounds of ${roundMinutes}`);
  const chaos = await Chaos.start(seed);
  try {
    return (await new Soak(chaos, Date.now() + minutes * 60_000, roundMinutes * 60_000).run()) ? 0 : 1;
  } finally {
    await chaos.close();
    say(`seed ${seed}: the same faults in the same order with --seed ${seed}`);
  }
}

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});
