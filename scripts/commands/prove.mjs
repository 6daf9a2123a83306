import fs from 'node:fs';
import path from 'node:path';
import { bootstrap } from '../bootstrap.mjs';
import { build } from '../build.mjs';
import { runNode } from '../processes.mjs';
import { UserError } from '../progress.mjs';

/** bench, soak and planted-bugs: programs of the testkit that start servers of their own. */
export async function run({ name, root, args }) {
  const env = await bootstrap(root);
  await build(root, env);
  const program = path.join(root, 'packages/testkit/dist', name, 'main.js');
  if (!fs.existsSync(program)) throw new UserError(`${path.relative(root, program)} does not exist.`);
  return runNode([program, ...args], { cwd: root, env });
}
