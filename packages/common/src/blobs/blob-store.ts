import { createHash, randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath, rename, rm, utimes } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import { CairnError } from '../errors/catalogue.js';
import { isLooseUuid } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { BlobError, isAbsent, isDiskFull, whenAbsent } from './blob-error.js';
import { makeFolder, makeOne, refuseLinks, syncFolder } from './folders.js';
import { type ReceiveOptions, receive, type StoredBlob } from './receive.js';

/** A blob as `list` finds it. */
export interface ListedBlob extends StoredBlob {
  /** When it was last put, also as a twin of one that was there. */
  putAt: Date;
}

const HASH = /^[0-9a-f]{64}$/;
const INCOMING = 'incoming-';
const READ_NO_LINK = constants.O_RDONLY | constants.O_NOFOLLOW;

/**
 * Files of organisations, named by their content: `<folder>/<organisation>/<first 2 hex digits>/<SHA-256>`.
 * What `put` answered is on the disk. Organisations share nothing, equal files neither.
 */
export class BlobStore {
  private constructor(private readonly folder: string) {}

  /** The store in this folder, which is made when it is missing; throws a sentence for people when it cannot be written. */
  static async open(folder: string): Promise<BlobStore> {
    if (!isAbsolute(folder)) throw new Error(`BLOB_DIR must be an absolute path, it is ${JSON.stringify(folder)}.`);
    try {
      await makeFolder(folder);
      await refuseUnwritable(folder);
    } catch (error) {
      throw new Error(`BLOB_DIR (${folder}) cannot be written (${(error as NodeJS.ErrnoException).code}). Make it a folder that this process may write.`, {
        cause: error,
      });
    }
    return new BlobStore(await realpath(folder));
  }

  /** Keeps the bytes and answers their name once they would outlive a power cut. Bytes that are kept already cost no second copy. */
  async put(scope: TenantScope, source: Readable | Buffer, options: ReceiveOptions): Promise<StoredBlob> {
    const incoming = join(this.homeOf(scope), `${INCOMING}${randomUUID()}`);
    try {
      await this.makeHome(scope);
      return await this.accept(scope, incoming, source, options);
    } catch (error) {
      if (source instanceof Readable) source.destroy();
      await rm(incoming, { force: true });
      throw isDiskFull(error) ? new CairnError('storage_full', 'The disk for files is full. Free some space, then send this again.', { cause: error }) : error;
    }
  }

  /** All bytes of a blob; throws a BlobError when they are not those that were put. */
  async read(scope: TenantScope, hash: string): Promise<Buffer> {
    const file = await this.openFile(scope, hash);
    try {
      const bytes = await file.readFile();
      if (sha256(bytes) !== hash) throw damaged(hash);
      return bytes;
    } finally {
      await file.close();
    }
  }

  /** The bytes as a stream, which fails with a BlobError at its end when they are not those that were put. */
  async open(scope: TenantScope, hash: string): Promise<Readable> {
    const file = await this.openFile(scope, hash);
    const stream = Readable.from(verified(file, hash), { objectMode: false });
    // Not by the generator: one that nobody read from never comes to its end.
    return stream.on('close', () => void file.close().catch(() => undefined));
  }

  async has(scope: TenantScope, hash: string): Promise<boolean> {
    await this.refuseLinksTo(scope, hash);
    return (await this.statOf(this.pathOf(scope, hash))) !== undefined;
  }

  /** Nothing is left of the blob; one that is not there is no mistake. After a power cut it may be back, as one that nobody refers to. */
  async remove(scope: TenantScope, hash: string): Promise<void> {
    const path = this.pathOf(scope, hash);
    await this.refuseLinksTo(scope, hash);
    await rm(path, { force: true });
  }

  /** Every blob of the organisation, for a collector. What is put meanwhile may be missing. */
  async *list(scope: TenantScope): AsyncGenerator<ListedBlob> {
    const home = this.homeOf(scope);
    await refuseLinks(home);
    for (const prefix of await foldersIn(home))
      for (const hash of await namesIn(join(home, prefix))) {
        const stats = await this.statOf(join(home, prefix, hash));
        if (stats && HASH.test(hash) && hash.startsWith(prefix)) yield { hash, size: stats.size, putAt: stats.mtime };
      }
  }

  /** Removes what puts left that ended with their process; answers how many. A put writes to its file all the time, so the age is that of the silence. */
  async sweepTemporary(olderThanMs: number): Promise<number> {
    let removed = 0;
    const homes = await foldersIn(this.folder);
    for (const folder of [this.folder, ...homes.map((home) => join(this.folder, home))])
      for (const name of await namesIn(folder)) if (name.startsWith(INCOMING)) removed += await removeWhenOld(join(folder, name), olderThanMs);
    return removed;
  }

  private async accept(scope: TenantScope, incoming: string, source: Readable | Buffer, options: ReceiveOptions): Promise<StoredBlob> {
    const file = await open(incoming, 'wx', 0o600);
    try {
      const blob = await receive(file, source, options);
      if (await this.refreshTwin(scope, blob)) await rm(incoming);
      else await this.place(scope, { file, incoming, hash: blob.hash });
      await this.syncAbove(scope, blob.hash);
      return blob;
    } finally {
      await file.close();
    }
  }

  private async place(scope: TenantScope, { file, incoming, hash }: { file: FileHandle; incoming: string; hash: string }): Promise<void> {
    await file.sync();
    await makeWithin(this.shelfOf(scope, hash));
    await this.refuseLinksTo(scope, hash);
    await rename(incoming, this.pathOf(scope, hash));
  }

  /** True when the bytes are there already. A twin of another size was cut off by something else than us: it is replaced. */
  private async refreshTwin(scope: TenantScope, { hash, size }: StoredBlob): Promise<boolean> {
    const path = this.pathOf(scope, hash);
    if ((await this.statOf(path))?.size !== size) return false;
    const now = new Date();
    // A collector that goes by the age must not take what was just put again; it may have done so a moment ago.
    return utimes(path, now, now).then(() => true, whenAbsent(false));
  }

  /** Also for a twin and for folders that were there: whoever made them may not have come to it yet. What is on disk costs next to nothing. */
  private async syncAbove(scope: TenantScope, hash: string): Promise<void> {
    for (const folder of [this.shelfOf(scope, hash), this.homeOf(scope), this.folder]) await syncFolder(folder);
  }

  private async openFile(scope: TenantScope, hash: string): Promise<FileHandle> {
    try {
      const path = this.pathOf(scope, hash);
      await this.refuseLinksTo(scope, hash);
      return await open(path, READ_NO_LINK);
    } catch (error) {
      if (isAbsent(error)) throw new BlobError('missing', `There is no blob ${hash} in the store.`, { cause: error });
      throw error;
    }
  }

  private async statOf(path: string): Promise<Stats | undefined> {
    const stats = await lstat(path).catch(whenAbsent(undefined));
    return stats?.isFile() ? stats : undefined;
  }

  private async refuseLinksTo(scope: TenantScope, hash: string): Promise<void> {
    await refuseLinks(this.shelfOf(scope, hash));
  }

  private async makeHome(scope: TenantScope): Promise<void> {
    await makeWithin(this.homeOf(scope));
    await refuseLinks(this.homeOf(scope));
  }

  private homeOf({ orgId }: TenantScope): string {
    if (!isLooseUuid(orgId)) throw new Error('The id of an organisation is a UUID');
    return join(this.folder, orgId.toLowerCase());
  }

  private shelfOf(scope: TenantScope, hash: string): string {
    if (!HASH.test(hash)) throw new Error('A blob is named by 64 hexadecimal digits in lower case');
    return join(this.homeOf(scope), hash.slice(0, 2));
  }

  private pathOf(scope: TenantScope, hash: string): string {
    return join(this.shelfOf(scope, hash), hash);
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const damaged = (hash: string): BlobError => new BlobError('damaged', `The blob ${hash} is not what was put: its file was changed or cut off.`);

async function* verified(file: FileHandle, hash: string): AsyncGenerator<Buffer> {
  const seen = createHash('sha256');
  for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    seen.update(chunk);
    yield chunk;
  }
  if (seen.digest('hex') !== hash) throw damaged(hash);
}

/** A store whose folder is gone is not begun anew: its disk is away, and another lies below. */
async function makeWithin(folder: string): Promise<void> {
  if (!(await makeOne(folder))) throw new CairnError('unavailable', 'The folder for files is not there at the moment. Try again in a moment.');
}

async function refuseUnwritable(folder: string): Promise<void> {
  const trial = join(folder, `${INCOMING}${randomUUID()}`);
  await (await open(trial, 'wx', 0o600)).close();
  await rm(trial);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(whenAbsent([]));
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(whenAbsent([]));
}

async function removeWhenOld(path: string, olderThanMs: number): Promise<number> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats || Date.now() - stats.mtimeMs < olderThanMs) return 0;
  await rm(path, { force: true });
  return 1;
}
