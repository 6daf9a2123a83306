import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';

/** A name in a folder, as the folder says. */
export interface FolderEntry {
  /** Undefined where its bytes are not UTF-8. */
  name: string | undefined;
  bytes: Buffer;
  kind: 'file' | 'folder' | 'link' | 'other';
}

// As many names as are asked of the system at once.
const AT_ONCE = 1_024;

function kindOf(entry: Dirent<Buffer>): FolderEntry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/** Everything in a folder, in no order. */
export async function* readFolder(path: string): AsyncGenerator<FolderEntry> {
  // The types do not know that names come as bytes when one asks for it.
  const folder = (await opendir(path, { encoding: 'buffer' as BufferEncoding, bufferSize: AT_ONCE })) as unknown as AsyncIterable<Dirent<Buffer>>;
  for await (const entry of folder) {
    const bytes = entry.name;
    yield { name: isUtf8(bytes) ? bytes.toString() : undefined, bytes, kind: kindOf(entry) };
  }
}
