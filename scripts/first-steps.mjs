import fs from 'node:fs';
import path from 'node:path';
import { databaseIdentity, writePrivately } from '../packages/stack/src/index.mjs';
import { captureNode } from './processes.mjs';
import { say, UserError } from './progress.mjs';

/**
 * Lets the system do its first steps: an organisation with a key, a small sample, one search. The program prints what
 * it found, and as its last line `{"organisationId", "apiKey"}`. That answer is kept, because a key is shown only once,
 * and given back to the program at the next start with the same database.
 */
export async function takeFirstSteps({ root, home, env, signal }) {
  const memory = path.join(home, 'first-steps.json');
  const database = await databaseIdentity(env.DATABASE_URL);
  const before = readMemory(memory, database);
  const told = before ? { ...env, CAIRN_ORGANISATION_ID: before.organisationId, CAIRN_API_KEY: before.apiKey } : env;
  const program = path.join(root, 'apps/api/dist/first-steps.js');
  const { code, output, stdout } = await captureNode([program], { cwd: root, env: told, signal, timeoutMs: 120_000 });
  if (code !== 0) throw new UserError(`The first steps failed (exit code ${code}):\n${output.trimEnd()}`);
  const { text, answer } = splitAnswer(stdout);
  writePrivately(memory, JSON.stringify({ ...answer, database }));
  if (text) say(text);
  return answer;
}

function readMemory(file, database) {
  const remembered = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
  return remembered?.database === database ? remembered : null;
}

function splitAnswer(stdout) {
  const lines = stdout.trimEnd().split('\n');
  try {
    const { organisationId, apiKey } = JSON.parse(lines.pop());
    if (organisationId && apiKey) return { text: lines.join('\n').trim(), answer: { organisationId, apiKey } };
  } catch {
    // said below
  }
  throw new UserError('The first steps did not end with a line {"organisationId", "apiKey"}.');
}
