import { readFileSync } from 'node:fs';
import type { ScenarioName } from '../chaos/scenarios/index.js';
import type { ServiceName } from '../system/service-process.js';

interface Edit {
  /** Below the root of the repository. */
  file: string;
  find: string;
  replace: string;
}

/** A mistake that somebody could make in one line, kept to show that the tests would notice. */
export interface PlantedBug extends Edit {
  name: string;
  /** The services that load the file. */
  services: ServiceName[];
  /** A second wall that has to fall as well before the first one is missed. */
  and?: Edit[];
  why: string;
  /** The promise of docs/guarantees.md that it breaks. */
  breaks: string;
  caughtBy: ScenarioName;
}

const FILE = new URL('../../planted-bugs.json', import.meta.url);

export function readPlantedBugs(): PlantedBug[] {
  return JSON.parse(readFileSync(FILE, 'utf8')) as PlantedBug[];
}
