import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CairnClient } from '@cairn/client';

/** What the person has to put right; shown without a stack. */
export class UsageError extends Error {}

/** The command was understood and did not succeed. */
export class CommandFailedError extends Error {}

/** The system that CAIRN_URL and CAIRN_API_KEY name, or the one that `npm start` runs here. */
export function connect(env: NodeJS.ProcessEnv): CairnClient {
  const local = localRun(env);
  const baseUrl = env.CAIRN_URL ?? local?.baseUrl;
  const token = env.CAIRN_API_KEY ?? local?.apiKey;
  if (!baseUrl || !token) throw new UsageError('No system to talk to: start one with npm start, or set CAIRN_URL and CAIRN_API_KEY.');
  return new CairnClient({ baseUrl, token });
}

function localRun(env: NodeJS.ProcessEnv): { baseUrl: string; apiKey: string } | undefined {
  const file = join(env.CAIRN_HOME ?? '.cairn', 'run.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { baseUrl: string; apiKey: string }) : undefined;
}
