import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { StackError } from './stack-error.mjs';

const NAMES = ['postgres', 'cairn_owner', 'cairn_app', 'cairn_worker', 'cairn_dispatch', 'nats', 'qdrant'];

/** The passwords of a home: made once, kept in a file that only its owner can read. */
export function secretsOf(home, dataFolder) {
  const file = path.join(home, 'secrets.json');
  if (!fs.existsSync(file)) makeSecrets(file, dataFolder);
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

function makeSecrets(file, dataFolder) {
  if (fs.existsSync(path.join(dataFolder, 'postgres')))
    throw new StackError(`The passwords of the data in ${dataFolder} are gone (${file} is missing). Put the file back, or delete ${dataFolder} to begin anew.`);
  writePrivately(file, JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, newSecret()])), null, 2));
}

// A letter first: the NATS client takes the first ":<digits>" of an URL for its port.
function newSecret() {
  return `k${randomBytes(24).toString('hex')}`;
}

/** Writes a file of mode 0600 in one step: a reader sees the old content or the new, never half of it. */
export function writePrivately(file, text) {
  const unfinished = `${file}.${process.pid}.new`;
  fs.writeFileSync(unfinished, text, { mode: 0o600 });
  fs.renameSync(unfinished, file);
}
