import path from 'node:path';
import { bootstrap } from '../bootstrap.mjs';
import { build } from '../build.mjs';
import { runNode } from '../processes.mjs';

/** The collections of a file, in the system that runs here: `cairn seed`, for who has no such command yet. */
export async function run({ root, args }) {
  const env = await bootstrap(root);
  await build(root, env);
  return runNode([path.join(root, 'apps/cli/bin/cairn.mjs'), 'seed', ...args], { cwd: root, env });
}
