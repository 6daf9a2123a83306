import fs from 'node:fs';
import { join } from 'node:path';
import git, { Errors } from 'isomorphic-git';
import type { Subject } from '../../refused.js';
import { WebClient } from '../../web/web-client.js';
import { badAnswer, needsCredentials, noBranch } from '../source-refused.js';
import { gitHttp } from './git-http.js';

/** Everything that the process which fetches has to know. */
export interface Fetch {
  subject: Subject;
  url: string;
  branch: string | undefined;
  depth: number;
  username: string;
  token: string | undefined;
  /** A real path; each commit that is kept is in a folder of its own in it. */
  workFolder: string;
  /** A path in the work folder for what is not whole yet. Whoever asked takes it away. */
  newFolder: string;
  allow: readonly string[];
  ports: readonly number[];
  maxBytes: number;
}

export const folderOf = (workFolder: string, commit: string): string => join(workFolder, `${commit}.git`);

/** Brings the newest commit of a branch into the work folder, unless it is there, and gives its id. */
export async function fetchRepository(fetch: Fetch): Promise<string> {
  const web = new WebClient({ allow: fetch.allow, ports: fetch.ports });
  try {
    return await fetchBy(web, fetch);
  } catch (error) {
    throw asRefusal(fetch, error);
  } finally {
    await web.close();
  }
}

async function fetchBy(web: WebClient, fetch: Fetch): Promise<string> {
  const { url, branch, username, token, maxBytes } = fetch;
  const onAuth = () => (token === undefined ? { cancel: true } : { username, password: token });
  const server = { http: gitHttp(web, maxBytes), url, onAuth, onAuthFailure: () => ({ cancel: true }) };
  const wanted = branch === undefined ? 'HEAD' : `refs/heads/${branch}`;
  const refs = await git.listServerRefs({ ...server, protocolVersion: 1 });
  const commit = refs.find(({ ref }) => ref === wanted)?.oid;
  if (commit === undefined) throw noBranch(fetch.subject, branch);
  if (fs.existsSync(folderOf(fetch.workFolder, commit))) return commit;
  return keep(fetch, async (gitdir) => {
    await git.init({ fs, gitdir, bare: true });
    await git.addRemote({ fs, gitdir, remote: 'origin', url });
    const { fetchHead } = await git.fetch({ fs, gitdir, ...server, ref: wanted, depth: fetch.depth, singleBranch: true, tags: false });
    return fetchHead;
  });
}

/** What is fetched appears under its name when it is whole. Two that fetch the same do not disturb each other. */
async function keep({ workFolder, newFolder, subject, branch }: Fetch, fill: (folder: string) => Promise<string | null>): Promise<string> {
  const commit = await fill(newFolder);
  if (commit === null) throw noBranch(subject, branch);
  if (!fs.existsSync(folderOf(workFolder, commit))) fs.renameSync(newFolder, folderOf(workFolder, commit));
  return commit;
}

function asRefusal({ subject }: Fetch, error: unknown): unknown {
  if (error instanceof Errors.UserCanceledError) return needsCredentials(subject);
  if (!(error instanceof Errors.HttpError)) return error;
  const { statusCode } = error.data;
  return statusCode === 401 || statusCode === 403 ? needsCredentials(subject) : badAnswer(subject, statusCode);
}
