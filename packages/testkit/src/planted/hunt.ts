import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCENARIOS, type ScenarioName, STARTED_BY } from '../chaos/scenarios/index.js';
import { Stage } from '../chaos/stage.js';
import { Violation } from '../chaos/violation.js';
import type { ServiceName } from '../system/service-process.js';
import type { TestSystem } from '../system/test-system.js';
import type { PlantedBug } from './planted-bug.js';

export interface Catch {
  bug: PlantedBug;
  caught: boolean;
  /** What the scenario said, or why the bug got away. */
  saying: string;
  seconds: number;
}

const ALL: readonly ServiceName[] = ['worker', 'dispatcher', 'search', 'api'];
const CLEAN_PATIENCE_MS = 60_000;
// A bug that makes something never happen is noticed by waiting; long enough that a slow machine is not taken for a bug.
const LEAST_PATIENCE_MS = 4_000;
const TIMES_AS_PATIENT = 4;
const SECOND_PATIENCE_MS = 30_000;

/** Plays scenarios on one running system, first as it is and then with one bug after the other planted in it. */
export class Hunt {
  private readonly longestWaits = new Map<ScenarioName, number>();

  constructor(private readonly system: TestSystem) {}

  /** Plays the scenario without a bug: it has to pass, and shows how long its waits take when all is well. */
  async playClean(name: ScenarioName): Promise<void> {
    const stage = new Stage(this.system, CLEAN_PATIENCE_MS);
    try {
      await this.prepare(stage, name);
      await SCENARIOS[name](stage);
      this.longestWaits.set(name, stage.longestWaitMs);
    } finally {
      await stage.close();
    }
  }

  /**
   * Plants the bug and plays its scenario, which has to notice: a violation of the promise that the bug breaks, nothing else counts. Where the machine is slow,
   * who waits too briefly notices that instead: he is given a second try.
   */
  async hunt(bug: PlantedBug): Promise<Catch> {
    const first = await this.play(bug, this.patienceFor(bug.caughtBy));
    if (first.caught) return first;
    const second = await this.play(bug, SECOND_PATIENCE_MS);
    return { ...second, seconds: first.seconds + second.seconds };
  }

  private async play(bug: PlantedBug, patienceMs: number): Promise<Catch> {
    const startedAt = performance.now();
    const log = join(this.system.folder, `planted-${bug.name}.log`);
    const found = (caught: boolean, saying: string): Catch => ({ bug, caught, saying, seconds: (performance.now() - startedAt) / 1_000 });
    const stage = new Stage(this.system, patienceMs);
    this.plant(bug, { CAIRN_PLANT: bug.name, CAIRN_PLANT_LOG: log });
    try {
      await this.prepare(stage, bug.caughtBy);
      await SCENARIOS[bug.caughtBy](stage);
      return found(false, existsSync(log) ? 'the scenario passed all the same' : 'the planted file was never loaded');
    } catch (error) {
      if (!(error instanceof Violation)) return found(false, `the scenario broke: ${(error as Error).message}`);
      if (error.promise !== bug.breaks) return found(false, `the scenario noticed something else: ${error.message}`);
      return found(loadedAll(bug, log), error.message);
    } finally {
      await stage.close();
      this.uproot(bug);
    }
  }

  private patienceFor(name: ScenarioName): number {
    return Math.max(LEAST_PATIENCE_MS, TIMES_AS_PATIENT * (this.longestWaits.get(name) ?? CLEAN_PATIENCE_MS));
  }

  // Every service is what it should be, with its bug or without; those that the scenario starts itself are only stopped.
  private async prepare(stage: Stage, name: ScenarioName): Promise<void> {
    const startedByScenario = STARTED_BY[name] ?? [];
    for (const service of startedByScenario) await stage.service(service).kill();
    for (const service of ALL.filter((one) => !startedByScenario.includes(one))) await stage.ensure(service);
    await stage.clear();
  }

  // A scenario that starts a planted service anew starts it with the bug as well.
  private plant(bug: PlantedBug, env: Record<string, string>): void {
    for (const name of bug.services) Object.assign(this.system.service(name).options.env, env);
  }

  private uproot(bug: PlantedBug): void {
    for (const name of bug.services) {
      const { env } = this.system.service(name).options;
      delete env.CAIRN_PLANT;
      delete env.CAIRN_PLANT_LOG;
    }
  }
}

function loadedAll(bug: PlantedBug, log: string): boolean {
  const loaded = existsSync(log) ? readFileSync(log, 'utf8') : '';
  return [bug, ...(bug.and ?? [])].every(({ file }) => loaded.includes(`${bug.name} ${file} `));
}

/** The score and one line for every bug. */
export function reportOf(catches: Catch[]): string {
  const lines = catches.map(({ bug, caught, saying, seconds }) => `${caught ? 'caught' : 'MISSED'}  ${bug.name} (${seconds.toFixed(1)} s): ${saying}`);
  return [...lines, `planted bugs caught: ${catches.filter(({ caught }) => caught).length}/${catches.length}`].join('\n');
}
