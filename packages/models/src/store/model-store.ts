import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { comparesAs, type InstalledModel } from '../catalogue/model.js';
import { checkFiles, ModelRefusedError } from '../runtime/model-files.js';
import { MANIFEST, manifestOf, readManifest } from './manifest.js';

/** Folders that are being filled bear this in front; no model is called so. */
const UNFINISHED = '.unfinished-';

/** A folder that could not be taken as a model, and why. */
export interface RefusedFolder {
  name: string;
  reason: string;
}

/** The folder with the installed models: one folder each, with a manifest. The built-in model is not in it. */
export class ModelStore {
  constructor(readonly folder: string) {}

  /** Every installed model, and every folder that is not one; reads manifests only. */
  async list(): Promise<{ models: InstalledModel[]; refused: RefusedFolder[] }> {
    const models: InstalledModel[] = [];
    const refused: RefusedFolder[] = [];
    for (const name of await this.names()) {
      try {
        models.push(await this.read(name));
      } catch (error) {
        if (!(error instanceof ModelRefusedError)) throw error;
        refused.push({ name, reason: error.message });
      }
    }
    return { models, refused: [...refused, ...namesakesOf(models), ...sharersOf(models)] };
  }

  async read(name: string): Promise<InstalledModel> {
    const folder = this.folderOf(name);
    const text = await readFile(join(folder, MANIFEST), 'utf8').catch((cause) => {
      throw new ModelRefusedError(`The folder ${name} has no ${MANIFEST} that can be read.`, { cause });
    });
    return readManifest(text, { folder, name });
  }

  has(name: string): boolean {
    return existsSync(this.folderOf(name));
  }

  /**
   * Installs a model whole or not at all: `fill` writes the files into an empty folder and says what the model is, and only then does it get its name.
   * `check` sees the model in that folder and refuses by throwing.
   */
  async install(name: string, fill: (folder: string) => Promise<InstalledModel>, check: (model: InstalledModel) => Promise<void>): Promise<InstalledModel> {
    const place = join(this.folder, `${UNFINISHED}${randomUUID()}`);
    await mkdir(place, { recursive: true });
    try {
      const model = { ...(await fill(place)), folder: place };
      readManifest(JSON.stringify(manifestOf(model)), { folder: place, name });
      await this.refuseSameSpace(model);
      await checkFiles(model);
      await check(model);
      await writeDurably(join(place, MANIFEST), `${JSON.stringify(manifestOf(model), null, 2)}\n`);
      const former = join(this.folder, `${UNFINISHED}${randomUUID()}`);
      if (this.has(name)) await rename(this.folderOf(name), former);
      await rename(place, this.folderOf(name));
      await rm(former, { recursive: true, force: true });
      return { ...model, folder: this.folderOf(name) };
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }

  async remove(name: string): Promise<boolean> {
    const was = this.has(name);
    await rm(this.folderOf(name), { recursive: true, force: true });
    return was;
  }

  private async refuseSameSpace(model: InstalledModel): Promise<void> {
    const other = (await this.list()).models.find((one) => one.id !== model.id && comparesAs(one) === comparesAs(model));
    if (other !== undefined) throw new ModelRefusedError(sameSpace(model, other));
  }

  private folderOf(name: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw new ModelRefusedError(`${JSON.stringify(name.slice(0, 100))} cannot be the name of a model.`);
    return join(this.folder, name);
  }

  private async names(): Promise<string[]> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  }
}

/** A label that two installed models bear would mean another model each day. */
function namesakesOf(models: InstalledModel[]): RefusedFolder[] {
  const bearers = new Map<string, string>();
  return models.flatMap(({ id, aliases }) =>
    [id, ...aliases].flatMap((label) => {
      const other = bearers.get(label);
      bearers.set(label, id);
      return other === undefined || other === id ? [] : [{ name: id, reason: `The name ${label} is also borne by the model ${other}.` }];
    }),
  );
}

/** Models whose vectors would meet in one space. */
function sharersOf(models: InstalledModel[]): RefusedFolder[] {
  const first = new Map<string, InstalledModel>();
  return models.flatMap((model) => {
    const other = first.get(comparesAs(model));
    if (other !== undefined) return [{ name: model.id, reason: sameSpace(model, other) }];
    first.set(comparesAs(model), model);
    return [];
  });
}

function sameSpace(model: InstalledModel, other: InstalledModel): string {
  return `The model ${model.id} with the version ${model.version} cannot be told from ${other.id} with the version ${other.version}: with an underscore between id and version they are called the same. Give it another id or version.`;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
