import { bootstrap } from '../bootstrap.mjs';
import { build } from '../build.mjs';
import { runStaticChecks } from '../static-checks.mjs';

/** Types (by the build), formatting, lint rules and import fences. */
export async function run({ root }) {
  const env = await bootstrap(root);
  await build(root, env);
  const { failed } = await runStaticChecks(root, env);
  return failed === 0 ? 0 : 1;
}
