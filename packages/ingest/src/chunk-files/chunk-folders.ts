import { createHash } from 'node:crypto';

const CHUNK_FILE = '_chunks.json';
/** Folders below the root in which files of chunks are looked for. */
export const MAX_CHUNK_FOLDER_DEPTH = 5;

export const isChunkFile = (fileName: string): boolean => fileName.endsWith(CHUNK_FILE);

export const byCodePoint = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Names for folders of files of chunks, by their paths below the root: no two have the same, and they depend on the paths only. In the order of the paths. */
export function nameChunkFolders(paths: readonly string[], rootName: string): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    [...paths].sort(byCodePoint).map((path) => {
      const name = freeName(path, path === '' ? rootName : path.replaceAll('/', '_'), taken);
      taken.add(name);
      return [path, name];
    }),
  );
}

/** `a/b_c` and `a_b/c` would have one name: the later gets a mark that comes from its path. */
function freeName(path: string, wanted: string, taken: ReadonlySet<string>): string {
  const mark = createHash('md5').update(path).digest('hex').slice(0, 8);
  let name = wanted;
  while (taken.has(name)) name = `${name}_${mark}`;
  return name;
}
