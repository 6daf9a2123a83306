import { dirname } from 'node:path/posix';
import type { SourceItem } from '../sources/source.js';
import { isChunkFile, MAX_CHUNK_FOLDER_DEPTH, nameChunkFolders } from './chunk-folders.js';
import { CHUNKS_MIME_TYPE } from './chunks-mime-type.js';

export interface ChunkFilesAmong {
  /** The files of chunks in their order, each with the name of its folder. */
  items: SourceItem[];
  /** Paths of those that lie deeper than is looked. */
  tooDeep: string[];
}

/** Of the files of a source those that hold chunks, by the same rules as `discoverChunkFiles`. */
export function chunkFilesAmong(all: readonly SourceItem[], rootName: string): ChunkFilesAmong {
  const files = all.filter(({ fileName }) => isChunkFile(fileName));
  const holders = new Set(files.map(({ path }) => folderOf(path)));
  const outermost = files.filter(({ path }) => !ancestorsOf(folderOf(path)).some((folder) => holders.has(folder)));
  const [near, far] = [outermost.filter(({ path }) => !isTooDeep(path)), outermost.filter(({ path }) => isTooDeep(path))];
  const names = nameChunkFolders([...new Set(near.map(({ path }) => folderOf(path)))], rootName);
  const items = near.map((item) => asChunks(item, names.get(folderOf(item.path)) as string));
  return { items, tooDeep: far.map(({ path }) => path) };
}

/** Another version than the same file has where it is no file of chunks, or its folder another name, so that it is read again when that changes. */
function asChunks(item: SourceItem, folder: string): SourceItem {
  const version = item.version === undefined ? {} : { version: `chunks ${folder} ${item.version}` };
  return { ...item, ...version, listed: item, mimeType: CHUNKS_MIME_TYPE, metadata: { chunk_folder: folder } };
}

function folderOf(path: string): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}

/** From the root, which is empty, to the parent. */
function ancestorsOf(folder: string): string[] {
  const names = folder.split('/');
  return folder === '' ? [] : names.map((_, depth) => names.slice(0, depth).join('/'));
}

const isTooDeep = (path: string): boolean => path.split('/').length - 1 > MAX_CHUNK_FOLDER_DEPTH;
