import { CairnError } from '@cairn/common/contracts';
import { listSource } from '../list-source.js';
import { readSource, type SourceDescription } from '../registry.js';
import type { SourceItem, SourceRules } from '../source.js';
import { type ExtensionCount, type NoteCount, PreviewCounts } from './preview-counts.js';

export interface PreviewOptions {
  /** How many items are shown; all are counted. */
  limit: number;
  signal?: AbortSignal | undefined;
  /** Hears from time to time how far it is. */
  progress?: ((soFar: { files: number; bytes: number }) => void) | undefined;
}

export type SourcePreview =
  | { valid: true; files: number; bytes: number; extensions: ExtensionCount[]; items: SourceItem[]; notes: NoteCount[] }
  /** The reason is a sentence for people. */
  | { valid: false; reason: string };

// A source of 100,000 files says a hundred times how far it is.
const FILES_PER_REPORT = 1_000;

/** What a source would give if it were read now. A source that cannot be read is an answer, not an error. */
export async function previewSource(source: SourceDescription, rules: SourceRules, options: PreviewOptions): Promise<SourcePreview> {
  try {
    return await preview(source, rules, options);
  } catch (error) {
    if (error instanceof CairnError) return { valid: false, reason: error.message };
    throw error;
  }
}

async function preview(source: SourceDescription, rules: SourceRules, { limit, signal, progress }: PreviewOptions): Promise<SourcePreview> {
  const read = readSource(source);
  await read.kind.check(read.config, rules);
  const counts = new PreviewCounts();
  const items: SourceItem[] = [];
  for await (const item of listSource(read, rules, { signal, note: (note) => counts.addNote(note) })) {
    counts.add(item);
    if (items.length < limit) items.push(item);
    if (counts.files % FILES_PER_REPORT === 0) progress?.({ files: counts.files, bytes: counts.bytes });
  }
  return { valid: true, files: counts.files, bytes: counts.bytes, extensions: counts.extensions(), items, notes: counts.notes() };
}
