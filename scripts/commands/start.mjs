import path from 'node:path';
import { bootstrap } from '../bootstrap.mjs';
import { build } from '../build.mjs';
import { say } from '../progress.mjs';
import { loadEnvFile, localSettings, requireKnown } from '../settings.mjs';

/** `npm start`: brings everything up, and stays up until Ctrl-C or `npm stop`. With --detach it returns when all is ready. */
export async function run({ root, args }) {
  requireKnown(args, ['--detach', '--verbose']);
  loadEnvFile(root);
  const settings = localSettings({ root, args });
  if (args.includes('--detach')) return startDetached(settings, args);
  const env = await bootstrap(root);
  const { Launcher } = await import('../launcher.mjs');
  return runUntilStopped(new Launcher({ ...settings, env, build: (signal) => build(root, env, { signal }) }), settings);
}

async function startDetached(settings, args) {
  const { detach } = await import('../detach.mjs');
  return detach(settings, args);
}

/** Resolves with an exit code when the system has been stopped. */
export async function runUntilStopped(launcher, settings) {
  const stopping = stopOnSignal(launcher);
  try {
    const facts = await Promise.race([launcher.start(), stopping.begun]);
    if (facts) announce(facts, settings);
  } catch (error) {
    if (!stopping.isOn()) {
      await launcher.stop();
      throw explain(error, settings);
    }
  }
  return stopping.done;
}

// One Ctrl-C arrives twice: from the terminal, and passed on by npm.
const SAME_KEYSTROKE_MS = 1_000;

function stopOnSignal(launcher) {
  let since = null;
  let begin;
  const begun = new Promise((resolve) => {
    begin = resolve;
  });
  const done = begun.then(() => stopNow(launcher));
  const onSignal = () => {
    if (since === null) begin(null);
    else if (Date.now() - since > SAME_KEYSTROKE_MS) abandon(launcher);
    since ??= Date.now();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  return { begun, done, isOn: () => since !== null };
}

async function stopNow(launcher) {
  say('stopping (again Ctrl-C: at once)');
  await launcher.stop();
  say('stopped');
  return 0;
}

function abandon(launcher) {
  launcher.abandon();
  process.exit(130);
}

function explain(error, { home }) {
  if (error.name !== 'LockedError') return error;
  error.message = `Cairn is already running from ${home} (launcher: process ${error.pid}). See ${path.join(home, 'run.json')}; npm stop ends it.`;
  return error;
}

function announce(facts, settings) {
  say(welcome(facts, settings));
  if (process.connected) process.send('ready'); // to the command with --detach, which waits for it
}

function welcome({ baseUrl, dashboardUrl, organisationId, apiKey }, { home, detached }) {
  const call = (route, body) =>
    `curl -s ${baseUrl}${route} -H 'authorization: Bearer ${apiKey}'${body ? ` -H 'content-type: application/json' -d '${JSON.stringify(body)}'` : ''}`;
  return `Cairn is ready at ${baseUrl}

  to look at     ${dashboardUrl}
  key            ${apiKey}
  organisation   ${organisationId}
  logs           ${path.join(home, 'logs')}
  to stop it     ${detached ? 'npm stop' : 'Ctrl-C, or npm stop in another terminal'}

Try next:
  ${call('/vectors/embed', { asset_id: 'notes', segment_id: '1', text: 'The night train to Lisbon leaves at ten.' })}
  ${call('/vectors/search', { query: 'When can I travel to Portugal?', limit: 3 })}
  ${call('/jobs')}
`;
}
