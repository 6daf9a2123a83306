import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { byCodePoint, isChunkFile, MAX_CHUNK_FOLDER_DEPTH, nameChunkFolders } from './chunk-folders.js';

/** A folder with files of chunks that somebody cut already. */
export interface ChunkFolder {
  /** No two folders of a discovery have the same, and it depends on the paths only. */
  name: string;
  /** Relative to the root, with forward slashes; empty for the root itself. */
  path: string;
  /** Names of its files, in the order of their code points. */
  files: string[];
}

export interface ChunkDiscovery {
  folders: ChunkFolder[];
  /** How many such folders lie deeper than was looked. */
  tooDeep: number;
  /** Paths of folders that could not be read. */
  unreadable: string[];
}

// Deeper ones are only counted, but a tree may be endless.
const COUNTED_DEPTH = 50;

/**
 * Finds the folders that directly hold files `*_chunks.json`, so many folders below the root. Below one that does nothing more is searched;
 * links to folders are not followed. For the machine of whoever asks: other than sources, it guards nothing.
 */
export async function discoverChunkFiles(root: string, { maxDepth = MAX_CHUNK_FOLDER_DEPTH } = {}): Promise<ChunkDiscovery> {
  const search = new Search(resolve(root), maxDepth);
  await search.enter('', 0);
  const paths = new Map(search.found.map(({ path, files }) => [path, files]));
  const names = nameChunkFolders([...paths.keys()], basename(resolve(root)));
  const folders = Array.from(names, ([path, name]) => ({ name, path, files: paths.get(path) as string[] }));
  return { folders, tooDeep: search.tooDeep, unreadable: search.unreadable.sort(byCodePoint) };
}

class Search {
  readonly found: Omit<ChunkFolder, 'name'>[] = [];
  readonly unreadable: string[] = [];
  tooDeep = 0;

  constructor(
    private readonly root: string,
    private readonly maxDepth: number,
  ) {}

  async enter(path: string, depth: number): Promise<void> {
    const entries = await this.read(path, depth);
    const files = entries.filter((entry) => isChunkFile(entry.name) && !entry.isDirectory()).map(({ name }) => name);
    if (files.length > 0) return this.take({ path, files: files.sort(byCodePoint) }, depth);
    if (depth >= COUNTED_DEPTH) return;
    for (const entry of entries) if (entry.isDirectory()) await this.enter(path === '' ? entry.name : `${path}/${entry.name}`, depth + 1);
  }

  private take(folder: Omit<ChunkFolder, 'name'>, depth: number): void {
    if (depth > this.maxDepth) this.tooDeep++;
    else this.found.push(folder);
  }

  /** A root that cannot be read is the caller's mistake; a folder below it is left out. */
  private async read(path: string, depth: number): Promise<Dirent[]> {
    try {
      return await readdir(join(this.root, path), { withFileTypes: true });
    } catch (error) {
      if (depth === 0) throw error;
      this.unreadable.push(path);
      return [];
    }
  }
}
