import fs from 'node:fs';
import path from 'node:path';
import { captureNode } from './processes.mjs';
import { say } from './progress.mjs';

const CHECKS = [
  { name: 'biome', args: ['node_modules/@biomejs/biome/bin/biome', 'check'] },
  { name: 'types of the tests', args: ['node_modules/typescript/bin/tsc', '-p', 'scripts/tsconfig.specs.json'] },
  {
    name: 'dependency-cruiser',
    needs: '.dependency-cruiser.cjs',
    args: ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.cjs', 'apps', 'packages'],
  },
];

/** Formatting, lint rules, types of the tests (those of the code are checked by the build) and import fences. Resolves with the numbers of checks that passed and failed; shows what failed. */
export async function runStaticChecks(root, env) {
  const count = { passed: 0, failed: 0 };
  for (const check of CHECKS.filter(({ needs }) => !needs || fs.existsSync(path.join(root, needs)))) {
    const { code, output } = await captureNode(check.args, { cwd: root, env });
    if (code === 0) count.passed += 1;
    else count.failed += 1;
    say(code === 0 ? `${check.name}: in order` : `${check.name} FAILED\n${output.trimEnd()}`);
  }
  return count;
}
