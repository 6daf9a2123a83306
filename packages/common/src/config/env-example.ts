import { type ConfigClass, type EnvVariable, partsOf, variablesOf } from './env.decorator.js';

const HEAD = `# Every environment variable of Cairn, generated from the configuration classes (npm run generate). Do not edit.
# A line that is commented out shows the default. An empty value counts as not set.
`;

function defaultOf(type: ConfigClass, variable: EnvVariable): string {
  const value: unknown = Reflect.get(new type(), variable.property);
  return value === undefined || value === null ? '' : String(value);
}

function commentOf(variable: EnvVariable): string {
  const aliases = variable.aliases?.length ? ` Also read from ${variable.aliases.join(', ')}.` : '';
  const file = variable.secret ? ` Secret: also read from the file ${variable.name}_FILE.` : '';
  const example = variable.example ? ` Example: ${variable.example}` : '';
  return `# ${variable.doc}${aliases}${file}${example}`;
}

function linesOf(type: ConfigClass, variable: EnvVariable): string {
  const value = variable.secret ? '' : defaultOf(type, variable);
  return `${commentOf(variable)}\n#${variable.name}=${value}\n`;
}

/** `AppDatabaseConfig` as a heading: App database. */
function headingOf(type: ConfigClass): string {
  const words = type.name.replace(/Config$/, '').split(/(?=[A-Z])/);
  return words.map((word, index) => (index === 0 ? word : word.toLowerCase())).join(' ');
}

function sectionOf(type: ConfigClass, variables: EnvVariable[]): string {
  return `\n# ---- ${headingOf(type)}\n\n${variables.map((variable) => linesOf(type, variable)).join('\n')}`;
}

function withParts(type: ConfigClass): ConfigClass[] {
  return [type, ...partsOf(type).flatMap((part) => withParts(part.type))];
}

/** The text of .env.example: a section per class, each variable once, secrets empty. */
export function renderEnvExample(classes: readonly ConfigClass[]): string {
  const shown = new Set<string>();
  const sections = [...new Set(classes.flatMap(withParts))].map((type) => {
    const fresh = variablesOf(type).filter((variable) => !shown.has(variable.name));
    for (const { name } of fresh) shown.add(name);
    return fresh.length > 0 ? sectionOf(type, fresh) : '';
  });
  return HEAD + sections.join('');
}
