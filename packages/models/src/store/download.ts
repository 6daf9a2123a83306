import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
// Not Node's own: that one knows no proxies, and takes no dispatcher of another version.
import { type Dispatcher, fetch, type RequestInit, type Response } from 'undici';

/** The hub could not be reached, or gave something else than it promised. What arrived so far is kept, and carried on with the next time. */
export class DownloadError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DownloadError';
  }
}

export interface RemoteFile {
  url: string;
  /** SHA-256 where somebody told us; else the hub's own word is taken. */
  sha256?: string | undefined;
}

export interface DownloadOptions {
  /** Where the file goes when it is whole. */
  to: string;
  /** How the hub is reached. */
  dispatcher: Dispatcher;
  onProgress?: ((received: number, total: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** What the hub says of a file before it sends it. */
interface Promised {
  size: number;
  /** The commit of the repository. */
  commit: string | undefined;
  /** SHA-256 of a large file, or git's own hash of a small one. */
  etag: string;
  location: string;
}

const SHA256 = /^[0-9a-f]{64}$/;
const GIT_SHA1 = /^[0-9a-f]{40}$/;
const MOST_REDIRECTS = 5;

/** Fetches a file whole or not at all; what was received before is carried on with. Resolves with the commit of the repository, where the hub says it. */
export async function downloadFile(file: RemoteFile, options: DownloadOptions): Promise<{ commit: string | undefined }> {
  const { to } = options;
  const promised = await promiseOf(file.url, options);
  const expected = file.sha256 ?? promised.etag;
  const part = `${to}.${expected.slice(0, 16)}.part`;
  await mkdir(dirname(to), { recursive: true });
  if ((await sizeOf(part)) > promised.size) await rm(part);
  if ((await sizeOf(part)) < promised.size) await receive(promised, part, options);
  const found = await hashOf(part, expected, promised.size);
  if (found !== expected) {
    await rm(part);
    throw new DownloadError(
      `${file.url} is not the file that was promised: expected ${expected}, received ${found}. What was received is thrown away; try again.`,
    );
  }
  await rename(part, to);
  return { commit: promised.commit };
}

async function ask(url: string, { dispatcher, signal }: DownloadOptions, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { redirect: 'manual', dispatcher, ...(signal ? { signal } : {}), ...init });
  } catch (cause) {
    throw new DownloadError(`${new URL(url).host} cannot be reached: ${reasonOf(cause as Error)}.`, { cause });
  }
}

/** What lies at the bottom of it: fetch itself says only that it failed. */
function reasonOf({ message, cause }: { message: string; cause?: unknown }): string {
  const deeper = cause as Error | undefined;
  return deeper?.message ? reasonOf(deeper) : message;
}

/** The hub answers with the hash and sends its readers elsewhere for large files. */
async function promiseOf(url: string, options: DownloadOptions): Promise<Promised> {
  let location = url;
  let [commit, linked, linkedSize]: (string | undefined)[] = [];
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(location, options, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });
    const header = (name: string) => answer.headers.get(name) ?? undefined;
    commit ??= header('x-repo-commit');
    linked ??= header('x-linked-etag');
    linkedSize ??= header('x-linked-size');
    const next = header('location');
    if (answer.status >= 300 && answer.status < 400 && next !== undefined) {
      location = new URL(next, location).toString();
      // Large files lie elsewhere, at an address that is made for one GET: it is not asked about.
      if (linked !== undefined && linkedSize !== undefined) return promised(url, { commit, etag: linked, size: linkedSize, location });
      continue;
    }
    if (!answer.ok) throw new DownloadError(`${url} was answered with ${answer.status}${answer.status === 404 ? ': there is no such file' : ''}.`);
    return promised(url, { commit, etag: linked ?? header('etag'), size: linkedSize ?? header('content-length'), location });
  }
  throw new DownloadError(`${url} leads from one address to the next.`);
}

function promised(url: string, said: { commit: string | undefined; etag: string | undefined; size: string | undefined; location: string }): Promised {
  const etag = (said.etag ?? '').replace(/^W\//, '').replaceAll('"', '');
  const size = Number(said.size);
  if (!SHA256.test(etag) && !GIT_SHA1.test(etag)) throw new DownloadError(`${url} came without a hash that it could be compared with.`);
  if (said.size === undefined || !Number.isSafeInteger(size)) throw new DownloadError(`${url} came without its size.`);
  return { ...said, size, etag };
}

async function receive({ location, size }: Promised, part: string, options: DownloadOptions): Promise<void> {
  const { onProgress, signal } = options;
  const start = await sizeOf(part);
  const headers = { 'accept-encoding': 'identity', ...(start > 0 ? { range: `bytes=${start}-` } : {}) };
  const answer = await ask(location, options, { headers });
  if (!answer.ok || answer.body === null) throw new DownloadError(`${location} was answered with ${answer.status}.`);
  const resumes = start > 0 && answer.status === 206;
  let received = resumes ? start : 0;
  const body = Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0]);
  body.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > size) body.destroy(new DownloadError(`${location} sends more than the ${size} bytes it promised.`));
    onProgress?.(Math.min(received, size), size);
  });
  try {
    await pipeline(body, createWriteStream(part, { flags: resumes ? 'a' : 'w' }), { ...(signal ? { signal } : {}) });
  } catch (cause) {
    if (cause instanceof DownloadError || signal?.aborted) throw cause;
    throw new DownloadError(`The connection broke after ${received} of ${size} bytes. They are kept: the same command carries on.`, { cause });
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => ({ size: 0 }))).size;
}

/** SHA-256, or what git calls a file of this content. */
async function hashOf(path: string, like: string, size: number): Promise<string> {
  const hash: Hash = SHA256.test(like) ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export const partsFolder = (store: string): string => join(store, '.downloads');
