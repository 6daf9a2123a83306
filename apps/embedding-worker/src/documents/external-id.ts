import type { SourceView } from '@cairn/common';
import type { SourceItem } from '@cairn/ingest/sources';

/** A source of one file is that file; the files of others are named below it. */
const OF_ONE_FILE: ReadonlySet<string> = new Set(['file', 'url']);

/** By which a file of a source is known again: where it is, as people write it. */
export function externalIdOf({ sourceType, sourcePath }: Pick<SourceView, 'sourceType' | 'sourcePath'>, { path }: SourceItem): string {
  return OF_ONE_FILE.has(sourceType) ? sourcePath : `${sourcePath.replace(/\/+$/, '')}/${path}`;
}
