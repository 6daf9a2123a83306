import { SOURCES_OF_ONE_FILE, type SourceView } from '@cairn/common';
import type { SourceItem } from '@cairn/ingest/sources';

/** By which a file of a source is known again: where it is, as people write it. */
export function externalIdOf({ sourceType, sourcePath }: Pick<SourceView, 'sourceType' | 'sourcePath'>, { path }: SourceItem): string {
  return SOURCES_OF_ONE_FILE.includes(sourceType) ? sourcePath : `${sourcePath.replace(/\/+$/, '')}/${path}`;
}
