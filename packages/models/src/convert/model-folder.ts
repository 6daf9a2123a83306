import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ConversionRefusedError } from './conversion-refused.js';

const LARGEST_JSON = 100_000_000;

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** A folder that somebody hands over: only files that really lie in it are read. */
export class ModelFolder {
  private constructor(readonly root: string) {}

  static async open(path: string): Promise<ModelFolder> {
    const root = await realpath(path).catch((cause) => {
      throw new ConversionRefusedError(`There is no folder ${path}.`, { cause });
    });
    if (!(await stat(root)).isDirectory()) throw new ConversionRefusedError(`${path} is not a folder.`);
    return new ModelFolder(root);
  }

  /** Where the file lies; undefined when there is none of this name. */
  async find(name: string): Promise<string | undefined> {
    const real = await realpath(join(this.root, name)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (real === undefined) return undefined;
    if (!real.startsWith(this.root.endsWith(sep) ? this.root : this.root + sep)) {
      throw new ConversionRefusedError(`${name} leads out of the folder. Copy the files themselves into it: \`cp -rL <folder> <copy>\` follows the links.`);
    }
    if (!(await stat(real)).isFile()) throw new ConversionRefusedError(`${name} is not a file.`);
    return real;
  }

  async require(name: string, advice: string): Promise<string> {
    const path = await this.find(name);
    if (path !== undefined) return path;
    throw new ConversionRefusedError(`The folder has no ${name}. ${advice}`);
  }

  /** What the file holds; undefined when there is none of this name. */
  async readJson(name: string): Promise<unknown> {
    const path = await this.find(name);
    if (path === undefined) return undefined;
    const { size } = await stat(path);
    if (size > LARGEST_JSON) throw new ConversionRefusedError(`${name} has ${size} bytes, more than ${LARGEST_JSON}.`);
    try {
      return JSON.parse(await readFile(path, 'utf8'));
    } catch (cause) {
      throw new ConversionRefusedError(`${name} is not valid JSON.`, { cause });
    }
  }

  /** The same for a file that describes something: its entries by name. */
  async readObject(name: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const value = await this.readJson(name);
    if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return value as Record<string, unknown> | undefined;
    throw new ConversionRefusedError(`${name} holds no object.`);
  }
}
