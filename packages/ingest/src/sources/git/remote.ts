import { randomUUID } from 'node:crypto';
import { mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CairnError, ERRORS } from '@cairn/common/contracts';
import { ChildEndedError } from '../../child/child-ended-error.js';
import type { ChildLimits } from '../../child/child-limits.js';
import { runInChild } from '../../child/run-in-child.js';
import type { Subject } from '../../refused.js';
import { checkEncrypted } from '../check-encrypted.js';
import type { SourceRules } from '../source.js';
import { notFetched, tooLargeToFetch } from '../source-refused.js';
import { type Fetch, folderOf } from './fetch-repository.js';
import { GitFiles } from './git-files.js';

export interface Remote {
  subject: Subject;
  repository: string;
  branch?: string;
  depth: number;
  token?: string;
  username: string;
}

/** What unpacking a repository may take: a server may send what becomes a thousand times larger. */
export const FETCH_CHILD_LIMITS: ChildLimits = { memoryMb: 1_500, cpuSeconds: 300, wallSeconds: 900, outputBytes: 10_000 };

// The commit before is kept for those that still read what was listed of it.
const KEPT = 2;
const COMMIT = /^[0-9a-f]{40}$/;
const KEPT_FOLDER = /^[0-9a-f]{40}\.git$/;

/** The newest commit of a remote branch, in the work folder. It is unpacked by a process of its own, within limits. */
export async function fetchRemote(remote: Remote, rules: SourceRules, signal: AbortSignal | undefined): Promise<{ files: GitFiles; commit: string }> {
  const url = checkEncrypted({ ...remote.subject, value: remote.repository }, rules.web).href;
  const workFolder = await workFolderOf(rules);
  const { subject, branch, depth, username, token } = remote;
  const { allow, ports } = rules.web.rules;
  const newFolder = join(workFolder, `new-${randomUUID()}`);
  const fetch: Fetch = { subject, url, branch, depth, username, token, workFolder, newFolder, allow, ports, maxBytes: rules.limits.repositoryBytes };
  // A process that was stopped leaves what it had.
  const commit = await commitFrom(fetch, signal).finally(() => rm(newFolder, { recursive: true, force: true }));
  await forgetOthers(workFolder, commit);
  return { files: new GitFiles(folderOf(workFolder, commit)), commit };
}

/** What was fetched before, the newest first. */
export async function keptRemotes(rules: SourceRules): Promise<GitFiles[]> {
  const workFolder = await workFolderOf(rules);
  return (await keptFolders(workFolder)).map((name) => new GitFiles(join(workFolder, name)));
}

async function workFolderOf({ workFolder }: SourceRules): Promise<string> {
  if (workFolder === undefined) throw new Error('A remote repository needs a work folder in the rules');
  await mkdir(workFolder, { recursive: true });
  return realpath(workFolder);
}

async function commitFrom(fetch: Fetch, signal: AbortSignal | undefined): Promise<string> {
  const entry = new URL('./fetch.process.js', import.meta.url);
  const limits = { ...FETCH_CHILD_LIMITS, fileBytes: fetch.maxBytes };
  const answer = await runInChild({ entry, options: {}, bytes: Buffer.from(JSON.stringify(fetch)), limits, signal }).catch((error) => {
    throw asRefusal(fetch.subject, error);
  });
  const { commit, code, message } = Object(answer) as Record<string, unknown>;
  if (typeof code === 'string' && Object.hasOwn(ERRORS, code)) throw new CairnError(code as keyof typeof ERRORS, String(message));
  if (typeof commit !== 'string' || !COMMIT.test(commit)) throw notFetched(fetch.subject);
  return commit;
}

function asRefusal(subject: Subject, error: unknown): unknown {
  if (!(error instanceof ChildEndedError)) return error;
  return error.reason === 'time' || error.reason === 'crash' ? notFetched(subject, error) : tooLargeToFetch(subject, error);
}

/** Another job may take a folder away meanwhile. */
async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function keptFolders(workFolder: string): Promise<string[]> {
  const names = (await readdir(workFolder)).filter((name) => KEPT_FOLDER.test(name));
  const changed = new Map(await Promise.all(names.map(async (name) => [name, await changedAt(join(workFolder, name))] as const)));
  return names.sort((one, other) => (changed.get(other) as number) - (changed.get(one) as number));
}

async function forgetOthers(workFolder: string, commit: string): Promise<void> {
  const others = (await keptFolders(workFolder)).filter((name) => name !== `${commit}.git`);
  await Promise.all(others.slice(KEPT - 1).map((name) => rm(join(workFolder, name), { recursive: true, force: true })));
}
