import { Readable } from 'node:stream';
import { CairnError } from '@cairn/common/contracts';
import type { Subject } from '../../refused.js';
import type { ListOptions, SourceItem } from '../source.js';
import { itemDamaged, itemGone, itemTooLarge, noBranch, notARepository } from '../source-refused.js';
import { GitFiles } from './git-files.js';
import { GitObjects } from './git-objects.js';
import { commitOf } from './git-refs.js';
import { treeOf } from './git-tree.js';
import { GitTreeWalk, type TreeWalk } from './walk-tree.js';

const MOST_COMMIT_BYTES = 1_000_000;
const BLOB = /^[0-9a-f]{40}$/;

/** A folder with a bare repository, or with a working tree whose repository is in `.git`. */
export async function findRepository(path: string, subject: Subject): Promise<GitFiles> {
  for (const folder of [path, `${path}/.git`]) {
    const files = new GitFiles(folder);
    const [head, objects] = await Promise.all([files.read('HEAD', 1_000), files.names('objects')]);
    if (head !== undefined && objects.length > 0) return files;
  }
  throw notARepository(subject);
}

/** The commit at which a list is taken. */
export async function headOf(files: GitFiles, branch: string | undefined, subject: Subject): Promise<string> {
  const commit = await commitOf(files, branch);
  if (commit === undefined) throw noBranch(subject, branch);
  return commit;
}

/** The files of a commit, whose versions are the ids of their content. */
export async function* listCommit(
  files: GitFiles,
  { commit, ...walk }: Omit<TreeWalk, 'objects'> & { commit: string },
  options: ListOptions,
): AsyncGenerator<SourceItem> {
  const objects = await GitObjects.open(files);
  try {
    const bytes = await objects.read(commit, MOST_COMMIT_BYTES).catch(() => undefined);
    if (bytes === undefined) throw notARepository(walk.subject);
    yield* new GitTreeWalk({ objects, ...walk }, options).items({ tree: treeOf(bytes), prefix: '', depth: 0 });
  } finally {
    await objects.close();
  }
}

/** The content of an item, exactly as it was listed. Undefined where the repository no longer has it. */
export async function openBlob(files: GitFiles, { path, version = '' }: SourceItem, maxBytes: number): Promise<Readable | undefined> {
  if (!BLOB.test(version)) throw itemGone(path);
  const objects = await GitObjects.open(files);
  try {
    const size = await objects.sizeOf(version);
    if (size !== undefined && size > maxBytes) throw itemTooLarge(path, maxBytes);
    const bytes = await objects.read(version, maxBytes);
    return bytes && Readable.from([bytes], { objectMode: false });
  } catch (error) {
    throw error instanceof CairnError ? error : itemDamaged(path, error);
  } finally {
    await objects.close();
  }
}
