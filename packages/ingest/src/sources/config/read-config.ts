import { CairnError, type FieldError } from '@cairn/common/contracts';
import { brokenRules } from '../../broken-rules.js';

/** What a reader of the API is told of each field. */
export type ConfigDocs<Config> = { readonly [Field in keyof Required<Config>]: string };

/** The fields of a kind of source: a class with its rules and defaults. */
export interface ConfigClass<Config extends object> {
  type: new () => Config;
  /** A `ConfigDocs<Config>`. */
  docs: Readonly<Record<string, string>>;
  /** The field that says where the source is. */
  place: string;
  /** The fields that name a folder there, below which everything lies, from the outermost to the innermost. */
  below?: readonly string[];
  /** Fields that nobody may be shown again. */
  secrets: readonly string[];
}

function refuse(errors: FieldError[]): never {
  throw new CairnError('invalid_input', errors.map(({ message }) => message).join('; '), { errors });
}

function unknownFields(given: object, docs: object): FieldError[] {
  const known = Object.keys(docs);
  return Object.keys(given)
    .filter((path) => !known.includes(path))
    .map((path) => ({ path, message: `${path.slice(0, 100).toWellFormed()} is no field of this kind of source; known are ${known.join(', ')}` }));
}

const isObject = (given: unknown): given is object => typeof given === 'object' && given !== null && !Array.isArray(given);

/** The config that a caller sent, with defaults for what is missing or null. A CairnError names each field that is wrong. */
export function readConfig<Config extends object>({ type, docs }: ConfigClass<Config>, given: unknown): Config {
  if (!isObject(given)) return refuse([{ path: 'source_config', message: 'source_config must be an object' }]);
  const unknown = unknownFields(given, docs);
  if (unknown.length > 0) return refuse(unknown);
  const config = new type();
  for (const [field, value] of Object.entries(given)) if (value !== undefined && value !== null) Reflect.set(config, field, value);
  const broken = brokenRules(config);
  return broken.length > 0 ? refuse(broken) : config;
}
