import { startStack } from '@cairn/stack';
import { type Catch, Hunt, reportOf } from '../planted/hunt.js';
import { readPlantedBugs } from '../planted/planted-bug.js';
import { TestSystem } from '../system/test-system.js';

/** `npm run planted-bugs [name…]`: plants every bug (or those named), one at a time, and prints how many the scenarios catch. */
async function main(names: string[]): Promise<number> {
  const bugs = readPlantedBugs().filter(({ name }) => names.length === 0 || names.includes(name));
  const stack = await startStack();
  try {
    const system = await TestSystem.start({ stack: stack.describe() });
    const catches = await huntAll(new Hunt(system), bugs).finally(() => system.stop());
    return catches.length > 0 && catches.every(({ caught }) => caught) ? 0 : 1;
  } finally {
    await stack.stop();
  }
}

async function huntAll(hunt: Hunt, bugs: ReturnType<typeof readPlantedBugs>): Promise<Catch[]> {
  for (const name of new Set(bugs.map(({ caughtBy }) => caughtBy))) {
    await hunt.playClean(name);
    console.log(`passes without a bug: ${name}`);
  }
  const catches: Catch[] = [];
  for (const bug of bugs) {
    catches.push(await hunt.hunt(bug));
    console.log(reportOf(catches.slice(-1)).split('\n')[0]);
  }
  console.log(reportOf(catches).split('\n').at(-1));
  return catches;
}

process.exitCode = await main(process.argv.slice(2));
