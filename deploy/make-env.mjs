// Writes deploy/.env, which compose.yml reads: new secrets, and the settings of a system for one machine's own use.
//   node deploy/make-env.mjs
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('./.env', import.meta.url));

// Letters and digits only, the first one a letter: safe inside addresses and in the configuration of NATS, which would take 12e3 for a number.
const secret = () => `s${randomBytes(24).toString('hex')}`;

const SECRETS = [
  'POSTGRES_PASSWORD',
  'CAIRN_OWNER_PASSWORD',
  'CAIRN_APP_PASSWORD',
  'CAIRN_WORKER_PASSWORD',
  'CAIRN_DISPATCH_PASSWORD',
  'NATS_PASSWORD',
  'QDRANT_API_KEY',
  'CURSOR_SECRET',
  'DEV_JWT_SECRET',
];

/** The text of a new deploy/.env. */
export function renderEnv() {
  return `# Made by deploy/make-env.mjs. Keep it: the volumes of the servers know these passwords.

# local: tokens signed with DEV_JWT_SECRET are accepted, and /metrics is open. For a server that others use, take these instead:
#CAIRN_ENV=production
#AUTH_PROVIDER=jwks
#AUTH_JWKS_URL=https://id.example.org/.well-known/jwks.json
#AUTH_ISSUER=https://id.example.org/
CAIRN_ENV=local
AUTH_PROVIDER=dev

# Where the api listens on this machine. Put a proxy with TLS in front of it before others may reach it.
CAIRN_BIND=127.0.0.1
CAIRN_PORT=8000

${SECRETS.map((name) => `${name}=${secret()}`).join('\n')}

# Encrypts the tokens of sources. Without it none can be read again: keep it where the backups are not.
SOURCE_SECRET_KEY=${randomBytes(32).toString('hex')}
`;
}

function main() {
  if (existsSync(FILE)) {
    console.error(`${FILE} exists and stays as it is: the volumes of the servers know its passwords.`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(FILE, renderEnv(), { mode: 0o600, flag: 'wx' });
  console.log(`wrote ${FILE}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
