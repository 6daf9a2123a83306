import { readFileSync } from 'node:fs';
import type { EnvVariable } from './env.decorator.js';

export type Environ = Readonly<Record<string, string | undefined>>;

export interface ReadValue {
  /** The name that gave the value: the variable, an alias, or `<NAME>_FILE`. */
  from: string;
  text: string;
}

/** A variable could not be read although it is set; the message says what to do. */
export class UnreadableVariable extends Error {}

function readSecretFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UnreadableVariable(`${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code}); give the path of a readable file`, {
      cause: error,
    });
  }
}

function readOne(name: string, variable: EnvVariable, env: Environ): ReadValue | undefined {
  const text = env[name];
  const path = variable.secret ? env[`${name}_FILE`] : undefined;
  if (text && path) throw new UnreadableVariable(`${name} and ${name}_FILE are both set; keep one of them`);
  if (path) return { from: `${name}_FILE`, text: readSecretFile(name, path) };
  // Compose files and shells pass an unset variable as an empty one.
  return text ? { from: name, text } : undefined;
}

/** The value of a variable, from its name, its aliases or a secret file; undefined when it is not set. */
export function readVariable(variable: EnvVariable, env: Environ): ReadValue | undefined {
  for (const name of [variable.name, ...(variable.aliases ?? [])]) {
    const value = readOne(name, variable, env);
    if (value) return value;
  }
  return undefined;
}
