import fs from 'node:fs';
import path from 'node:path';
import { bootstrap } from '../bootstrap.mjs';
import { build } from '../build.mjs';
import { runNode } from '../processes.mjs';
import { explain, say } from '../progress.mjs';
import { runStaticChecks } from '../static-checks.mjs';

/**
 * All tests on real servers that exist only for this run. Arguments go to jest and leave out the static checks.
 * The last line is always `N passed, N failed`.
 */
export async function run({ root, args }) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  try {
    await runAll({ root, args, count });
  } catch (error) {
    count.failed += 1;
    console.error(`\n${explain(error)}`);
  }
  console.log(summary(count));
  return count.failed === 0 && count.passed > 0 ? 0 : 1;
}

async function runAll({ root, args, count }) {
  const env = await bootstrap(root);
  const { openTestServers } = await import('../test-servers.mjs');
  const servers = await settleBoth(openTestServers(env), build(root, env));
  stopOnSignal(servers.stop);
  try {
    if (args.length === 0) add(count, await runStaticChecks(root, env));
    add(count, await runJest({ root, args, env, servers }));
  } finally {
    await servers.stop();
  }
}

// When one fails, the other must have ended before we clean up.
async function settleBoth(opening, building) {
  const [servers, built] = await Promise.allSettled([opening, building]);
  if (servers.status === 'rejected') throw servers.reason;
  if (built.status === 'fulfilled') return servers.value;
  await servers.value.stop();
  throw built.reason;
}

// A signal may come twice, from the terminal and from npm.
function stopOnSignal(stop) {
  let stopping = false;
  const end = () => {
    if (!stopping) void stop().finally(() => process.exit(130));
    stopping = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);
}

async function runJest({ root, args, env, servers }) {
  const resultFile = path.join(servers.folder, 'jest-result.json');
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  say('running the tests');
  const code = await runNode([jest, `--maxWorkers=${servers.lanes.length}`, '--json', `--outputFile=${resultFile}`, ...args], {
    cwd: root,
    env: { ...env, STACK_JSON: servers.lanes.join(path.delimiter), ORT_DISABLE_TELEMETRY: '1' },
  });
  return countOf(resultFile, code);
}

// A test file that could not even be loaded has no tests to fail: it counts as one.
function countOf(resultFile, code) {
  if (!fs.existsSync(resultFile)) return { failed: 1 };
  const result = JSON.parse(fs.readFileSync(resultFile, 'utf8'));
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  return { passed: result.numPassedTests, failed: failed || (code === 0 ? 0 : 1), skipped: result.numPendingTests + result.numTodoTests };
}

function add(count, more) {
  for (const name of Object.keys(count)) count[name] += more[name] ?? 0;
}

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
