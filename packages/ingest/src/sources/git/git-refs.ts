import type { GitFiles } from './git-files.js';

const COMMIT = /^[0-9a-f]{40}$/;
const MOST_BYTES = 16_000_000;
const SYMBOLIC = 'ref: ';

// As git's check-ref-format says, and shorter.
const BRANCH = /^(?![-/.@])(?!.*(\/\/|\.\.|@\{|\/\.|\.lock(\/|$)))[^\s~^:?*[\\\x7f]{1,200}(?<![./])$/;

export const isBranch = (name: string): boolean => BRANCH.test(name);

/** The commit that a branch is at; without a name that of HEAD. Undefined where there is no such branch. */
export async function commitOf(files: GitFiles, branch: string | undefined): Promise<string | undefined> {
  const ref = branch === undefined ? await textOf(files, 'HEAD') : `${SYMBOLIC}refs/heads/${branch}`;
  if (ref === undefined || !ref.startsWith(SYMBOLIC)) return asCommit(ref);
  const name = ref.slice(SYMBOLIC.length);
  if (!name.startsWith('refs/heads/') || !isBranch(name.slice('refs/heads/'.length))) return undefined;
  return asCommit((await textOf(files, name)) ?? (await packedRef(files, name)));
}

const asCommit = (text: string | undefined): string | undefined => (text !== undefined && COMMIT.test(text) ? text : undefined);

async function textOf(files: GitFiles, path: string): Promise<string | undefined> {
  return (await files.read(path, 1_000))?.toString().trim();
}

async function packedRef(files: GitFiles, name: string): Promise<string | undefined> {
  const lines = (await files.read('packed-refs', MOST_BYTES))?.toString().split('\n') ?? [];
  return lines.find((line) => line.endsWith(` ${name}`))?.slice(0, 40);
}
