#!/usr/bin/env node
// The commands behind `npm start`, `npm test` and the other scripts of package.json.
import path from 'node:path';
import { explain, UserError } from './progress.mjs';

const COMMANDS = {
  start: () => import('./commands/start.mjs'),
  stop: () => import('./commands/stop.mjs'),
  test: () => import('./commands/test.mjs'),
  build: () => import('./commands/build.mjs'),
  check: () => import('./commands/check.mjs'),
  generate: () => import('./commands/generate.mjs'),
  seed: () => import('./commands/seed.mjs'),
  bench: () => import('./commands/prove.mjs'),
  soak: () => import('./commands/prove.mjs'),
  'planted-bugs': () => import('./commands/prove.mjs'),
};

async function main([name, ...args]) {
  const load = COMMANDS[name];
  if (!load) throw new UserError(`Usage: node scripts/run.mjs <${Object.keys(COMMANDS).join('|')}> [arguments]`, { exitCode: 64 });
  const command = await load();
  return command.run({ name, root: path.resolve(import.meta.dirname, '..'), args });
}

function fail(error) {
  console.error(`\n${explain(error)}`);
  return error.exitCode ?? 1;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code ?? 0),
  (error) => process.exit(fail(error)),
);
