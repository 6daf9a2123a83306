import path from 'node:path';
import { captureNode } from './processes.mjs';
import { say, UserError } from './progress.mjs';

/** Builds every package and service; what did not change is taken from turbo's cache. */
export async function build(root, env, { signal } = {}) {
  const begun = performance.now();
  const turbo = path.join(root, 'node_modules/turbo/bin/turbo');
  const { code, output } = await captureNode([turbo, 'run', 'build', '--output-logs=errors-only', '--ui=stream'], { cwd: root, env, signal });
  if (code !== 0) throw new UserError(`${output.trimEnd()}\nThe build failed.`);
  say(`built (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
}
