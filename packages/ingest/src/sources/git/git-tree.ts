import { isUtf8 } from 'node:buffer';

export interface TreeEntry {
  /** Undefined for a name that is none: not UTF-8, empty, or one that leads elsewhere. */
  name: string | undefined;
  kind: 'file' | 'folder' | 'link' | 'submodule' | 'other';
  id: string;
}

const KINDS: Readonly<Record<string, TreeEntry['kind']>> = {
  40000: 'folder',
  100644: 'file',
  100755: 'file',
  100664: 'file',
  120000: 'link',
  160000: 'submodule',
};
const ID_BYTES = 20;

function nameOf(bytes: Buffer): string | undefined {
  const name = isUtf8(bytes) ? bytes.toString() : '';
  return name === '' || name === '.' || name === '..' || name.includes('/') ? undefined : name;
}

/** What a tree says, in the order in which git keeps it: by the bytes of the paths. Who made the tree may have said anything. */
export function* treeEntries(tree: Buffer): Generator<TreeEntry> {
  for (let at = 0; at < tree.length; ) {
    const space = tree.indexOf(0x20, at);
    const end = tree.indexOf(0, space);
    if (space === -1 || end === -1 || end + 1 + ID_BYTES > tree.length) throw new Error('a tree ends too early');
    const kind = KINDS[tree.toString('latin1', at, space)] ?? 'other';
    const id = tree.toString('hex', end + 1, end + 1 + ID_BYTES);
    yield { name: nameOf(tree.subarray(space + 1, end)), kind, id };
    at = end + 1 + ID_BYTES;
  }
}

/** The tree of a commit. */
export function treeOf(commit: Buffer): string {
  const [, id] = /^tree ([0-9a-f]{40})\n/.exec(commit.toString('latin1', 0, 64)) ?? [];
  if (id === undefined) throw new Error('a commit has no tree');
  return id;
}
