import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConfigClass, partsOf, variablesOf } from './env.decorator.js';

function isConfigClass(value: unknown): value is ConfigClass {
  return (
    typeof value === 'function' && /Config$/.test(value.name) && (variablesOf(value as ConfigClass).length > 0 || partsOf(value as ConfigClass).length > 0)
  );
}

async function classesOf(file: string): Promise<ConfigClass[]> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  return Object.values(module).filter(isConfigClass);
}

// What every service reads opens the file.
function serviceFirst(a: string, b: string): number {
  const isService = (file: string) => Number(file.endsWith('service.config.js'));
  return isService(b) - isService(a) || (a < b ? -1 : 1);
}

function configFilesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.config.js'));
  return files.sort(serviceFirst).map((file) => join(folder, file));
}

/** Every configuration class that was built under some folders: whoever adds one gets it documented without registering it anywhere. */
export async function collectConfigClasses(folders: readonly string[]): Promise<ConfigClass[]> {
  const classes = await Promise.all(folders.flatMap(configFilesIn).map(classesOf));
  return classes.flat().filter((type) => !/^(Environment|Database)Config$/.test(type.name));
}
