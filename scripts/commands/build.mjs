import { bootstrap } from '../bootstrap.mjs';
import { build } from '../build.mjs';

export async function run({ root }) {
  await build(root, await bootstrap(root));
}
