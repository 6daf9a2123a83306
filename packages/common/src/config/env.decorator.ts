import 'reflect-metadata';

export interface EnvOptions {
  /** One line for .env.example: what it is, in which unit. */
  doc: string;
  /** Never printed; also read from `<NAME>_FILE`; written empty to .env.example. */
  secret?: boolean;
  /** Shown in .env.example and in messages when there is no default. */
  example?: string;
  /** Other names under which the value is accepted, after `name`. */
  aliases?: readonly string[];
}

export interface EnvVariable extends EnvOptions {
  name: string;
  property: string;
  /** What TypeScript emitted as the property's type: Number, Boolean, String or Array. */
  type: unknown;
}

export interface ConfigPart {
  property: string;
  type: ConfigClass;
}

export type ConfigClass<T extends object = object> = new () => T;

const VARIABLES = Symbol('environment variables');
const PARTS = Symbol('configuration parts');

function append<T>(key: symbol, target: object, entry: T): void {
  const inherited: T[] = Reflect.getMetadata(key, target) ?? [];
  Reflect.defineMetadata(key, [...inherited, entry], target);
}

/** The property is read from an environment variable; its initialiser is the default, its class-validator decorators are its rules. */
export function Env(name: string, options: EnvOptions): PropertyDecorator {
  return (target, property) =>
    append<EnvVariable>(VARIABLES, target, { ...options, name, property: String(property), type: Reflect.getMetadata('design:type', target, property) });
}

/** The property is a configuration class of its own. */
export function Part(): PropertyDecorator {
  return (target, property) => append<ConfigPart>(PARTS, target, { property: String(property), type: Reflect.getMetadata('design:type', target, property) });
}

export function variablesOf(config: ConfigClass): EnvVariable[] {
  return Reflect.getMetadata(VARIABLES, config.prototype) ?? [];
}

export function partsOf(config: ConfigClass): ConfigPart[] {
  return Reflect.getMetadata(PARTS, config.prototype) ?? [];
}
