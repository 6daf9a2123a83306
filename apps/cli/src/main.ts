import type { Writable } from 'node:stream';
import { CairnProblem } from '@cairn/client';
import { COMMANDS } from './commands.js';
import { CommandFailedError, connect, UsageError } from './connection.js';

const HELP = `cairn <command>

${Object.values(COMMANDS)
  .map(({ usage, summary }) => `  ${usage.padEnd(44)} ${summary}`)
  .join('\n')}

Talks to the system that npm start runs in this folder, or to CAIRN_URL with CAIRN_API_KEY.
`;

/** Runs one command; answers the exit code: 0 done, 1 refused or failed, 2 not understood. */
export async function main(args: string[], env: NodeJS.ProcessEnv, out: Writable, err: Writable): Promise<number> {
  const [name = 'help', ...rest] = args;
  if (name === 'help' || name === '--help' || name === '-h') {
    out.write(HELP);
    return 0;
  }
  const command = COMMANDS[name];
  try {
    if (!command) throw new UsageError(`There is no command "${name}". cairn help lists them.`);
    out.write(`${await command.run(connect(env), rest)}\n`);
    return 0;
  } catch (error) {
    err.write(`${sentenceOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof CommandFailedError) return error.message;
  if (error instanceof CairnProblem) return `${error.problem.detail} (${error.problem.code}, reference ${error.problem.reference})`;
  return `The system cannot be reached: ${(error as Error).message}`;
}
