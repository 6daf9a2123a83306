import { type ValidationError, validateSync } from 'class-validator';
import { convertVariable, UnconvertibleVariable } from './convert-variable.js';
import { type ConfigClass, type EnvVariable, partsOf, variablesOf } from './env.decorator.js';
import { type Environ, readVariable, UnreadableVariable } from './read-variable.js';

export interface ConfigProblem {
  name: string;
  message: string;
}

/** Rules between variables; asked only when each variable alone is right. */
export interface ChecksItself {
  problems(): ConfigProblem[];
}

/** Every bad variable at once. Services print it and exit 78. */
export class ConfigError extends Error {
  readonly problems: ConfigProblem[];

  constructor(problems: ConfigProblem[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((p) => `  ${p.name}: ${p.message}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const checksItself = (value: object): value is ChecksItself => 'problems' in value && typeof value.problems === 'function';

function assign(config: object, variable: EnvVariable, env: Environ): ConfigProblem | undefined {
  try {
    const value = readVariable(variable, env);
    if (value) Reflect.set(config, variable.property, convertVariable(value.text, variable.type));
    return undefined;
  } catch (error) {
    if (!(error instanceof UnconvertibleVariable || error instanceof UnreadableVariable)) throw error;
    return { name: variable.name, message: `${error.message}${hintOf(variable)}` };
  }
}

function hintOf(variable: EnvVariable): string {
  const how = variable.secret ? `set it or ${variable.name}_FILE` : 'set it';
  return `; ${how}${variable.example ? `, for example ${variable.example}` : ''} (${variable.doc})`;
}

function describe(error: ValidationError, variable: EnvVariable): ConfigProblem {
  const missing = error.value === undefined;
  const rules = Object.values(error.constraints ?? {}).map((rule) => rule.replace(new RegExp(`^${error.property} `), ''));
  const got = missing || variable.secret ? '' : `, it is ${JSON.stringify(error.value)}`;
  return { name: variable.name, message: `${missing ? 'is missing' : rules.join(' and ')}${got}${hintOf(variable)}` };
}

function problemsOfRules(config: object, variables: EnvVariable[], ignore: ReadonlySet<string>): ConfigProblem[] {
  const errors = validateSync(config, { forbidUnknownValues: false });
  return errors.flatMap((error) => {
    const variable = variables.find((v) => v.property === error.property);
    return variable && !ignore.has(variable.name) ? [describe(error, variable)] : [];
  });
}

function load<T extends object>(type: ConfigClass<T>, env: Environ, problems: ConfigProblem[]): T {
  const config = new type();
  const variables = variablesOf(type);
  const unreadable = variables.map((variable) => assign(config, variable, env)).filter((problem) => problem !== undefined);
  const own = [...unreadable, ...problemsOfRules(config, variables, new Set(unreadable.map((p) => p.name)))];
  for (const part of partsOf(type)) Reflect.set(config, part.property, load(part.type, env, problems));
  if (own.length === 0 && checksItself(config)) own.push(...config.problems());
  problems.push(...own);
  return config;
}

function withoutRepeats(problems: ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.name} ${problem.message}`, problem])).values()];
}

/** Reads, converts and validates everything, then answers the configuration or throws one ConfigError that names every bad variable. */
export function loadConfig<T extends object>(type: ConfigClass<T>, env: Environ = process.env): T {
  const problems: ConfigProblem[] = [];
  const config = load(type, env, problems);
  if (problems.length > 0) throw new ConfigError(withoutRepeats(problems));
  return config;
}

/** What a wrong configuration ends a process with (EX_CONFIG of sysexits). */
export const EXIT_BAD_CONFIG = 78;

/** For `main.ts`: the configuration, or the list of what is wrong on stderr and exit 78. */
export function loadConfigOrExit<T extends object>(type: ConfigClass<T>, env: Environ = process.env): T {
  try {
    return loadConfig(type, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_BAD_CONFIG);
  }
}
