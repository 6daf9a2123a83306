import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const NAMES = ['postgres', 'cairn_owner', 'cairn_app', 'cairn_worker', 'cairn_dispatch', 'nats', 'qdrant'];

/** The passwords of a home: made once, kept in a file that only its owner can read. */
export function secretsOf(home) {
  const file = path.join(home, 'secrets.json');
  if (!fs.existsSync(file)) writePrivately(file, JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, newSecret()])), null, 2));
  return JSON.parse(fs.readFileSync(file, 'utf8'));
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
