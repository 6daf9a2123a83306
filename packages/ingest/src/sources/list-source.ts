import { posix } from 'node:path';
import { chunkFilesAmong } from '../chunk-files/chunk-files-among.js';
import { isChunkFile } from '../chunk-files/chunk-folders.js';
import type { ReadSource } from './registry.js';
import type { ListOptions, SourceItem, SourceRules } from './source.js';

/** What is taken of a source: everything that its kind lists or, where it is said to be cut already, its files of chunks. */
export async function* listSource({ kind, config }: ReadSource, rules: SourceRules, options: ListOptions): AsyncGenerator<SourceItem> {
  const listed = kind.list(config, rules, options);
  if (Reflect.get(config, 'pre_chunked') !== true) return yield* asFiles(listed);
  // Which folders hold chunks is known when all of them are.
  const all: SourceItem[] = [];
  for await (const item of listed) all.push(item);
  const { items, tooDeep } = chunkFilesAmong(all, posix.basename(String(Reflect.get(config, kind.config.place))));
  for (const path of tooDeep) options.note?.({ path, reason: 'too_deep' });
  yield* items;
}

/** A file of chunks may have been taken as one before: where it is not any more, that has to be said. */
async function* asFiles(listed: AsyncIterable<SourceItem>): AsyncGenerator<SourceItem> {
  for await (const item of listed) yield item.mimeType === undefined && isChunkFile(item.fileName) ? { ...item, mimeType: 'application/json' } : item;
}
