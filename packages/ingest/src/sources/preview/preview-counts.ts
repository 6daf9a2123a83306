import type { SkipReason, SourceItem, SourceNote } from '../source.js';

export interface ExtensionCount {
  /** In lower case, without a dot; empty for files that have none. */
  extension: string;
  files: number;
  bytes: number;
}

export interface NoteCount {
  reason: SkipReason;
  count: number;
  /** The first few paths. */
  paths: string[];
}

const MOST_PATHS = 5;
// Names can make up as many extensions as there are files.
const MOST_EXTENSIONS = 200;
const OTHERS = '…';

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

/** Counts what is in a source, in memory that does not grow with it. */
export class PreviewCounts {
  files = 0;
  bytes = 0;
  private readonly byExtension = new Map<string, ExtensionCount>();
  private readonly byReason = new Map<SkipReason, NoteCount>();

  add({ fileName, size = 0 }: SourceItem): void {
    const count = this.countOf(extensionOf(fileName));
    for (const counts of [this, count]) {
      counts.files++;
      counts.bytes += size;
    }
  }

  addNote({ path, reason }: SourceNote): void {
    const note = this.byReason.get(reason) ?? { reason, count: 0, paths: [] };
    note.count++;
    if (note.paths.length < MOST_PATHS) note.paths.push(path);
    this.byReason.set(reason, note);
  }

  /** The most frequent first. */
  extensions(): ExtensionCount[] {
    return [...this.byExtension.values()].sort((one, other) => other.files - one.files || (one.extension < other.extension ? -1 : 1));
  }

  notes(): NoteCount[] {
    return [...this.byReason.values()];
  }

  private countOf(extension: string): ExtensionCount {
    const isNew = !this.byExtension.has(extension);
    const kept = isNew && this.byExtension.size >= MOST_EXTENSIONS ? OTHERS : extension;
    const count = this.byExtension.get(kept) ?? { extension: kept, files: 0, bytes: 0 };
    this.byExtension.set(kept, count);
    return count;
  }
}
