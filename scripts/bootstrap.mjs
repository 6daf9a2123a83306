// Makes a fresh clone ready with nothing but node and npm. It may import only what node itself brings.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { runNode } from './processes.mjs';
import { say, UserError } from './progress.mjs';

/** Fails with advice when this node is one that Cairn's libraries do not run on. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!fits) throw new UserError(`Cairn needs Node.js 20.19 or newer, or 22.12 or newer; this is ${version}.`);
}

/**
 * Fails with advice when the embedded servers are needed and their programs cannot run here.
 *
 * @param {Record<string, string | undefined>} [env]
 * @param {{ platform: string, arch: string, glibc?: string }} [machine]
 */
export function requirePlatform(env = process.env, machine = thisMachine()) {
  const { platform, arch, glibc } = machine;
  const missing = ['DATABASE_URL', 'NATS_URL', 'QDRANT_URL'].filter((name) => !env[name]);
  if (missing.length === 0) return;
  const advice = `Set ${missing.join(', ')} to servers of your own, or use deploy/compose.yml.`;
  if (platform !== 'linux' || arch !== 'x64')
    throw new UserError(`The servers that Cairn brings along run on Linux x64 only; this is ${platform} ${arch}. ${advice}`);
  if (!glibc) throw new UserError(`The servers that Cairn brings along need glibc, and this Linux has another C library (musl?). ${advice}`);
  const [major, minor] = glibc.split('.').map(Number);
  if (major === 2 && minor < 34) throw new UserError(`The servers that Cairn brings along need glibc 2.34 or newer; this is ${glibc}. ${advice}`);
}

function thisMachine() {
  process.report.excludeNetwork = true; // the report would look up names of network interfaces
  const { glibcVersionRuntime } = process.report.getReport().header;
  return { platform: process.platform, arch: process.arch, glibc: glibcVersionRuntime };
}

/** Fetches pnpm and installs what the lockfile says, as far as needed. Returns the environment for every further command. */
export async function bootstrap(root) {
  requireNode();
  requirePlatform();
  const pnpm = await fetchPnpm(root);
  const env = childEnvironment(root, pnpm.bin);
  await install(root, pnpm, env);
  return env;
}

async function fetchPnpm(root) {
  const version = pnpmVersion(root);
  const folder = path.join(root, '.cache', `pnpm-${version}`);
  const pnpm = { cli: path.join(folder, 'node_modules/pnpm/bin/pnpm.cjs'), bin: path.join(folder, 'node_modules/.bin') };
  if (fs.existsSync(pnpm.cli)) return pnpm;
  say(`fetching pnpm ${version} into ${path.relative(root, folder)}`);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  await npmInstall(folder, `pnpm@${version}`);
  return pnpm;
}

function pnpmVersion(root) {
  const { packageManager } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return /^pnpm@([^+]+)/.exec(packageManager)[1];
}

async function npmInstall(folder, what) {
  const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await runNode([findNpm(), 'install', '--prefix', folder, ...flags, what], { cwd: folder, env: withoutNpmState(process.env) });
  if (code !== 0) throw new UserError(`npm could not fetch ${what} (exit code ${code}); its message is above. Is the package registry reachable?`);
}

// `npm start` names itself; a plain `node scripts/run.mjs` has to look beside node and on the PATH.
function findNpm() {
  const besideNode = path.join(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  const onPath = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'npm'));
  const { npm_execpath: startedBy } = process.env;
  const found = [startedBy, besideNode, ...onPath].find((file) => file && isNpm(file));
  if (!found) throw new UserError('npm was not found. Install it beside node, or put it on the PATH.');
  return fs.realpathSync(found);
}

function isNpm(file) {
  return fs.existsSync(file) && path.basename(fs.realpathSync(file)) === 'npm-cli.js';
}

const NPM_STATE = /^npm_(lifecycle_|package_|config_(prefix|local_prefix|global_prefix|user_agent|noproxy)$|command$|node_execpath$)/;

function withoutNpmState(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !NPM_STATE.test(name)));
}

function childEnvironment(root, pnpmBin) {
  const folders = [pnpmBin, path.join(root, 'node_modules/.bin'), process.env.PATH];
  return { ...withoutNpmState(process.env), PATH: folders.join(path.delimiter), TURBO_TELEMETRY_DISABLED: '1' };
}

async function install(root, pnpm, env) {
  const stampFile = path.join(root, 'node_modules', '.cairn-stamp');
  const stamp = installStamp(root);
  if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === stamp) return;
  say('installing the libraries');
  const reporter = process.stdout.isTTY ? 'default' : 'append-only';
  const code = await runNode([pnpm.cli, 'install', '--frozen-lockfile', '--prefer-offline', `--reporter=${reporter}`], { cwd: root, env });
  if (code !== 0) throw new UserError(`pnpm install failed (exit code ${code}); its message is above.`);
  fs.writeFileSync(stampFile, stamp);
  say('the libraries are installed');
}

// What decides the content of node_modules. The stamp lies inside node_modules, so that it goes when they go.
function installStamp(root) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests(root)]) hash.update(`\n${file}\n`).update(fs.readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

function manifests(root) {
  const members = ['apps', 'packages'].flatMap((group) => fs.readdirSync(path.join(root, group)).map((name) => path.join(group, name, 'package.json')));
  return ['package.json', ...members.filter((file) => fs.existsSync(path.join(root, file))).sort()];
}
