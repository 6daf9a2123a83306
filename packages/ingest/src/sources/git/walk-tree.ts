import type { Subject } from '../../refused.js';
import type { PathFilter } from '../config/path-filter.js';
import type { ListOptions, SkipReason, SourceItem, SourceLimits } from '../source.js';
import { MOST_PATH_BYTES } from '../source-limits.js';
import { tooManyEntries, tooManyFiles } from '../source-refused.js';
import type { GitObjects } from './git-objects.js';
import { type TreeEntry, treeEntries } from './git-tree.js';

export interface TreeWalk {
  objects: GitObjects;
  subject: Subject;
  filter: PathFilter;
  limits: SourceLimits;
}

interface Branch {
  tree: string;
  prefix: string;
  depth: number;
}

// A folder of 300,000 files.
const MOST_TREE_BYTES = 16_000_000;
const LEFT_OUT: Partial<Record<TreeEntry['kind'], SkipReason>> = { link: 'link', submodule: 'submodule', other: 'not_a_file' };

/** The files of a commit. Trees that name each other many times over are counted as often as they are reached. */
export class GitTreeWalk {
  private files = 0;
  private entries = 0;

  constructor(
    private readonly walk: TreeWalk,
    private readonly options: ListOptions,
  ) {}

  async *items({ tree, prefix, depth }: Branch): AsyncGenerator<SourceItem> {
    const entries = await this.entriesOf(tree).catch(() => undefined);
    if (entries === undefined) return this.skip(prefix.slice(0, -1), 'unreadable');
    let last: Buffer | undefined;
    for (const entry of entries) {
      this.options.signal?.throwIfAborted();
      this.countEntry();
      const key = keyOf(entry);
      // Git never writes a name twice, or out of order; who does so wants that one file passes for another.
      const isOrdered = last === undefined || (key !== undefined && Buffer.compare(last, key) < 0);
      last = key ?? last;
      yield* this.taken(isOrdered ? entry : { ...entry, name: undefined }, { prefix, depth });
    }
  }

  private async entriesOf(tree: string): Promise<TreeEntry[] | undefined> {
    const bytes = await this.walk.objects.read(tree, MOST_TREE_BYTES);
    return bytes && [...treeEntries(bytes)];
  }

  private async *taken({ name, kind, id }: TreeEntry, { prefix, depth }: Omit<Branch, 'tree'>): AsyncGenerator<SourceItem> {
    const path = `${prefix}${name ?? ''}`;
    if (name === undefined || Buffer.byteLength(path) > MOST_PATH_BYTES) return this.skip(path, 'bad_name');
    if (this.walk.filter.hides(name)) return this.skip(path, 'hidden');
    const reason = LEFT_OUT[kind];
    if (reason !== undefined) return this.skip(path, reason);
    if (kind === 'file') yield* this.file({ path, name, id });
    else if (!this.walk.filter.entersFolder(path)) return;
    else if (depth >= this.walk.limits.depth) this.skip(path, 'too_deep');
    else yield* this.items({ tree: id, prefix: `${path}/`, depth: depth + 1 });
  }

  private async *file({ path, name, id }: { path: string; name: string; id: string }): AsyncGenerator<SourceItem> {
    if (!this.walk.filter.wantsFile(path)) return;
    const size = await this.walk.objects.sizeOf(id).catch(() => undefined);
    if (size === undefined) return this.skip(path, 'unreadable');
    if (size > this.walk.limits.fileBytes) return this.skip(path, 'too_large');
    if (++this.files > this.walk.limits.files) throw tooManyFiles(this.walk.subject, this.walk.limits.files);
    yield { path, fileName: name, size, version: id };
  }

  private countEntry(): void {
    if (++this.entries > this.walk.limits.entries) throw tooManyEntries(this.walk.subject, this.walk.limits.entries);
  }

  private skip(path: string, reason: SkipReason): undefined {
    this.options.note?.({ path, reason });
  }
}

const keyOf = ({ name, kind }: TreeEntry): Buffer | undefined => (name === undefined ? undefined : Buffer.from(kind === 'folder' ? `${name}/` : name));
