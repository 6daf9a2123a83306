import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, realpath, stat } from 'node:fs/promises';
import type { Subject } from '../../refused.js';
import type { PathFilter } from '../config/path-filter.js';
import type { ListOptions, SkipReason, SourceItem, SourceLimits } from '../source.js';
import { MOST_PATH_BYTES } from '../source-limits.js';
import { tooManyEntries, tooManyFiles } from '../source-refused.js';
import { factsOf } from './facts.js';
import { descriptorPath, isInside, openInside } from './open-inside.js';
import { openTop } from './open-top.js';
import type { Place } from './place.js';
import { type FolderEntry, readFolder } from './read-folder.js';

export interface Walk {
  place: Place;
  subject: Subject;
  filter: PathFilter;
  recursive: boolean;
  follow: boolean;
  limits: SourceLimits;
}

/** A folder that is being read. */
interface Level {
  handle: FileHandle;
  real: string;
  /** Its path in the source, with a slash behind it; empty at the top. */
  prefix: string;
  /** Device and inode of this folder and of those above it: a link to one of them would lead in a circle. */
  above: readonly string[];
}

interface Found {
  path: string;
  name: string;
  kind: 'file' | 'folder';
  /** Where a link leads; undefined for what is in the folder itself. */
  target: string | undefined;
  /** Orders a folder where its content belongs: as if its name ended in a slash. */
  key: Buffer;
}

// As many files as are asked about at once.
const AT_ONCE = 64;

const idOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/**
 * The files of a folder, ordered by the bytes of their paths. All that is asked of the system is asked of folders that are open and were
 * found to be where they may be. In memory are the names of one folder on each level.
 */
export class FolderWalk {
  private files = 0;
  private entries = 0;

  constructor(
    private readonly walk: Walk,
    private readonly options: ListOptions,
  ) {}

  async *items(): AsyncGenerator<SourceItem> {
    yield* this.folder({ real: this.walk.place.path, prefix: '', above: [] });
  }

  private async *folder({ real, prefix, above }: Omit<Level, 'handle'>): AsyncGenerator<SourceItem> {
    const handle = await this.open(real, prefix);
    if (handle === undefined) return;
    try {
      const id = idOf(await handle.stat({ bigint: true }));
      if (above.includes(id)) return this.skip(prefix.slice(0, -1), 'cycle');
      yield* this.level({ handle, real, prefix, above: [...above, id] });
    } finally {
      await handle.close();
    }
  }

  /** At the top a failure is the source's; further down a folder may be closed to us, or gone. */
  private async open(real: string, prefix: string): Promise<FileHandle | undefined> {
    const { place, subject } = this.walk;
    if (prefix === '') return openTop(place, subject);
    return openInside(real, { roots: place.roots, follow: false, folder: true }).catch(() => this.skip(prefix.slice(0, -1), 'unreadable'));
  }

  private async *level(level: Level): AsyncGenerator<SourceItem> {
    const found = await this.found(level);
    for (let at = 0; at < found.length; at += AT_ONCE) {
      this.options.signal?.throwIfAborted();
      const some = found.slice(at, at + AT_ONCE);
      const facts = await Promise.all(some.map((entry) => this.factsIn(level, entry)));
      for (const [index, entry] of some.entries()) yield* this.taken(level, entry, facts[index]);
    }
  }

  private async *taken(level: Level, entry: Found, facts: BigIntStats | undefined): AsyncGenerator<SourceItem> {
    if (entry.kind === 'folder') {
      yield* this.folder({ real: entry.target ?? `${level.real}/${entry.name}`, prefix: `${entry.path}/`, above: level.above });
    } else if (facts === undefined) {
      this.skip(entry.path, 'unreadable');
    } else if (!facts.isFile()) {
      this.skip(entry.path, 'not_a_file');
    } else {
      this.countFile();
      yield { path: entry.path, fileName: entry.name, ...factsOf(facts) };
    }
  }

  private async factsIn({ handle }: Level, { kind, name, target }: Found): Promise<BigIntStats | undefined> {
    if (kind === 'folder') return undefined;
    return lstat(target ?? `${descriptorPath(handle)}/${name}`, { bigint: true }).catch(() => undefined);
  }

  private async found(level: Level): Promise<Found[]> {
    const found: Found[] = [];
    for await (const entry of readFolder(descriptorPath(level.handle))) {
      this.options.signal?.throwIfAborted();
      this.countEntry();
      const taken = await this.look(level, entry);
      if (taken !== undefined) found.push(taken);
    }
    return found.sort((one, other) => Buffer.compare(one.key, other.key));
  }

  private async look(level: Level, { name, bytes, kind }: FolderEntry): Promise<Found | undefined> {
    const path = level.prefix + (name ?? bytes.toString());
    if (name === undefined || Buffer.byteLength(path) > MOST_PATH_BYTES) return this.skip(path, 'bad_name');
    if (this.walk.filter.hides(name)) return this.skip(path, 'hidden');
    if (kind === 'other') return this.skip(path, 'not_a_file');
    const entry = kind === 'link' ? await this.followed(level, { name, path }) : { kind, target: undefined };
    if (entry === undefined || !this.isWanted(level, path, entry.kind)) return undefined;
    return { ...entry, name, path, key: Buffer.from(entry.kind === 'folder' ? `${name}/` : name) };
  }

  private isWanted({ above }: Level, path: string, kind: Found['kind']): boolean {
    const { filter, recursive, limits } = this.walk;
    if (kind === 'file') return filter.wantsFile(path);
    if (!recursive || !filter.entersFolder(path)) return false;
    if (above.length <= limits.depth) return true;
    this.skip(path, 'too_deep');
    return false;
  }

  private async followed({ handle }: Level, { name, path }: { name: string; path: string }): Promise<Pick<Found, 'kind' | 'target'> | undefined> {
    if (!this.walk.follow) return this.skip(path, 'link');
    const target = await realpath(`${descriptorPath(handle)}/${name}`).catch(() => undefined);
    if (target === undefined || !isInside(target, this.walk.place.roots)) return this.skip(path, 'leads_out');
    const facts = await stat(target).catch(() => undefined);
    if (facts?.isDirectory()) return { kind: 'folder', target };
    return facts?.isFile() ? { kind: 'file', target } : this.skip(path, 'not_a_file');
  }

  private countEntry(): void {
    if (++this.entries > this.walk.limits.entries) throw tooManyEntries(this.walk.subject, this.walk.limits.entries);
  }

  private countFile(): void {
    if (++this.files > this.walk.limits.files) throw tooManyFiles(this.walk.subject, this.walk.limits.files);
  }

  private skip(path: string, reason: SkipReason): undefined {
    this.options.note?.({ path, reason });
  }
}
