import { type FileHandle, readdir } from 'node:fs/promises';
import { descriptorPath, LeadsOutError, openInside } from '../files/open-inside.js';

/** The files of a repository, which somebody else may have written: nothing is read that is not a regular file in it, and no link followed. */
export class GitFiles {
  /** The real path of what is `.git` in a working tree. */
  constructor(readonly folder: string) {}

  async open(path: string): Promise<FileHandle | undefined> {
    const handle = await this.openAny(path, false);
    if (handle === undefined || (await handle.stat()).isFile()) return handle;
    await handle.close();
    return undefined;
  }

  /** All bytes of a file; undefined where there is none, or it has more than are wanted. */
  async read(path: string, maxBytes: number): Promise<Buffer | undefined> {
    const handle = await this.open(path);
    if (handle === undefined) return undefined;
    try {
      const { size } = await handle.stat();
      return size <= maxBytes ? await readAt(handle, 0, size) : undefined;
    } finally {
      await handle.close();
    }
  }

  async names(path: string): Promise<string[]> {
    const handle = await this.openAny(path, true);
    if (handle === undefined) return [];
    try {
      return (await readdir(descriptorPath(handle))).sort();
    } finally {
      await handle.close();
    }
  }

  private async openAny(path: string, folder: boolean): Promise<FileHandle | undefined> {
    try {
      return await openInside(`${this.folder}/${path}`, { roots: [this.folder], follow: false, folder });
    } catch (error) {
      if (error instanceof LeadsOutError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
      throw error;
    }
  }
}

/** What a file holds from a place on; less where it ends before. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  return bytes.subarray(0, bytesRead);
}
