import fs from 'node:fs';
import path from 'node:path';
import { UserError } from './progress.mjs';

/** Reads the root's `.env`, if there is one; what the environment already says wins. */
export function loadEnvFile(root) {
  const file = path.join(root, '.env');
  if (fs.existsSync(file)) process.loadEnvFile(file);
}

/**
 * Where a local system lives, and on which ports.
 *
 * @param {{ root: string, args?: string[], env?: Record<string, string | undefined> }} given
 */
export function localSettings({ root, args = [], env = process.env }) {
  return {
    root,
    home: env.CAIRN_HOME ? path.resolve(env.CAIRN_HOME) : path.join(root, '.cairn'),
    basePort: basePortOf(env.PORT),
    verbose: args.includes('--verbose'),
    detached: env.CAIRN_DETACHED === '1',
  };
}

// 16 ports are used from the base on: four services, six of the servers, and a gap between them.
function basePortOf(text) {
  if (!text) return 8000;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_519) return port;
  throw new UserError(`PORT must be a whole number from 1 to 65519, the first of 16 ports in a row; it is "${text}".`);
}

/** Refuses arguments that a command does not know, by name. */
export function requireKnown(args, known) {
  const unknown = args.filter((arg) => !known.includes(arg));
  if (unknown.length > 0) throw new UserError(`Unknown argument ${unknown.join(' ')}; known are ${known.join(' ')}.`, { exitCode: 64 });
}
