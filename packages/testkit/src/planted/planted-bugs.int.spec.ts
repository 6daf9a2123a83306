import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';
import { type Catch, Hunt, reportOf } from './hunt.js';
import { readPlantedBugs } from './planted-bug.js';

const bugs = readPlantedBugs();
const catches: Catch[] = [];
let system: TestSystem;
let hunt: Hunt;

beforeAll(async () => {
  system = await TestSystem.start();
  hunt = new Hunt(system);
}, 120_000);

afterAll(async () => {
  await system?.stop();
  process.stdout.write(`${reportOf(catches)}\n`);
});

describe('without a bug', () => {
  it.each([...new Set(bugs.map((bug) => bug.caughtBy))])('%s passes', (name) => hunt.playClean(name), 120_000);
});

describe('a planted bug is caught', () => {
  for (const bug of bugs) {
    it(`${bug.breaks}: ${bug.name}`, async () => {
      const result = await hunt.hunt(bug);
      catches.push(result);
      expect(result).toMatchObject({ caught: true });
    }, 120_000);
  }
});
