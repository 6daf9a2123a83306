import fs from 'node:fs';
import path from 'node:path';
import { bootstrap } from '../bootstrap.mjs';
import { build } from '../build.mjs';
import { runNode } from '../processes.mjs';
import { say, UserError } from '../progress.mjs';

// Programs that write files of the repository from the code. Each is run from the root.
const GENERATORS = ['packages/common/dist/config/generate-env-example.js', 'apps/api/dist/generate-openapi.js', 'packages/client/scripts/generate.mjs'];

export async function run({ root }) {
  const env = await bootstrap(root);
  await build(root, env);
  for (const generator of GENERATORS.filter((file) => fs.existsSync(path.join(root, file)))) {
    say(`running ${generator}`);
    const code = await runNode([generator], { cwd: root, env });
    if (code !== 0) throw new UserError(`${generator} failed (exit code ${code}).`);
  }
}
