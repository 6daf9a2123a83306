import type { Writable } from 'node:stream';
import { COMMANDS } from './commands.js';
import { connect, UsageError } from './connection.js';
import { runModels } from './models-command.js';
import { Progress } from './progress.js';
import { sentenceOf } from './sentence-of.js';

const HELP = `cairn <command>

${Object.values(COMMANDS)
  .map(({ usage, summary }) => `  ${usage.padEnd(44)} ${summary}`)
  .join('\n')}
  ${'models list|pull|import|verify|rm'.padEnd(44)} models on this machine; needs no running system

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
  const progress = new Progress(err);
  try {
    if (name === 'models') {
      const answer = await runModels(rest, env, progress);
      progress.end();
      out.write(`${answer.trimEnd()}\n`);
      return 0;
    }
    if (!command) throw new UsageError(`There is no command "${name}". cairn help lists them.`);
    const answer = await command.run(connect(env), rest, out);
    if (answer !== undefined) out.write(`${answer}\n`);
    return 0;
  } catch (error) {
    progress.end();
    err.write(`${sentenceOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
