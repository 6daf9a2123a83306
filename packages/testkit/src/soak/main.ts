import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { FaultPoint } from '@cairn/common';
import { Chaos } from '../chaos/chaos.js';
import { reportOf } from '../chaos/checker.js';
import { CRASH_POINTS, killAt, stopAtEach } from '../chaos/crash-points.js';
import { bellsComeAgain, bellsComeInReverse } from '../chaos/delivery-faults.js';
import { type Fault, processFaults } from '../chaos/server-faults.js';
import { SERVICES, type ServiceName } from '../system/service-process.js';

const USAGE = 'Usage: npm run soak -- [--minutes 60] [--seed N] [--round-minutes 10], or npm run soak -- --kill-at W5 [--times 50] [--seed N]';
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

  /** One crash point, again and again, and one comparison at the end. */
  async killAgainAndAgain(point: FaultPoint, times: number): Promise<boolean> {
    const name = serviceOf(point);
    await this.chaos.nextCrowd();
    for (let time = 1; time <= times; time++) {
      await this.thenRestart(name, () => killAt(this.chaos, name, point));
      say(
        `${name} killed at ${point}, ${time} of ${times}: through again after ${((this.chaos.board.landed.at(-1)?.throughAgainMs ?? 0) / 1_000).toFixed(2)} s`,
      );
    }
    await this.judge(1);
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

function serviceOf(point: FaultPoint): ServiceName {
  const name = (Object.keys(SERVICES) as ServiceName[]).find((service) => CRASH_POINTS[service]?.includes(point));
  if (name === undefined) throw new Error(`There is no crash point ${point}. ${USAGE}`);
  return name;
}

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

async function main(): Promise<number> {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { minutes: option, seed: option, 'round-minutes': option, 'kill-at': option, times: option } });
  const [minutes, roundMinutes, times] = [Number(values.minutes ?? 60), Number(values['round-minutes'] ?? 10), Number(values.times ?? 50)];
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  if (![minutes, roundMinutes, times, seed].every((number) => number > 0)) throw new Error(USAGE);
  const point = values['kill-at'] as FaultPoint | undefined;
  if (point !== undefined) serviceOf(point);
  say(point === undefined ? `seed ${seed}; ${minutes} minutes in rounds of ${roundMinutes}` : `seed ${seed}; ${times} kills at ${point}`);
  const chaos = await Chaos.start(seed);
  try {
    const soak = new Soak(chaos, Date.now() + minutes * 60_000, roundMinutes * 60_000);
    return (await (point === undefined ? soak.run() : soak.killAgainAndAgain(point, times))) ? 0 : 1;
  } finally {
    await chaos.close();
    say(`seed ${seed}: the same faults in the same order with --seed ${seed}`);
  }
}

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});
