import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';
import { SCENARIOS, type ScenarioName } from './scenarios/index.js';
import { Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = new Stage(await TestSystem.start());
}, 120_000);
afterAll(async () => {
  await stage?.close();
  await stage?.system.stop();
});

describe('each situation keeps its promises', () => {
  for (const name of Object.keys(SCENARIOS) as ScenarioName[]) it(name, () => SCENARIOS[name](stage), 120_000);
});
