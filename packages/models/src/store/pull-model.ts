import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import type { Dispatcher } from 'undici';
import type { DownloadFile, KnownEncoder, KnownModel, KnownReranker } from '../catalogue/model.js';
import { dataFilesOf } from '../runtime/external-data.js';
import { DownloadError, downloadFile, partsFolder } from './download.js';
import { type Installed, type InstallRequest, installModel } from './install-model.js';
import type { ModelStore } from './model-store.js';
import { openProxies } from './proxies.js';

const HUB = 'https://huggingface.co';
const NEWEST = 'main';

export interface PullOptions {
  quantise: boolean;
  /** Asks nobody: works only with files that were fetched before. */
  offline: boolean;
  /** Another hub, or a mirror of it. */
  hub?: string | undefined;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up; those of this process when absent. */
  env?: NodeJS.ProcessEnv;
  onDownload?: ((file: string, received: number, total: number) => void) | undefined;
  onProgress?: InstallRequest['onProgress'];
  signal?: AbortSignal | undefined;
}

/** Fetches a known model and installs it. Fetched files are kept until it is installed, so that nothing is fetched twice. */
export async function pullModel(store: ModelStore, known: KnownModel, options: PullOptions): Promise<Installed> {
  const folder = join(partsFolder(store.folder), known.id);
  await mkdir(folder, { recursive: true });
  const commit = await (options.offline ? requireFetched(known, folder) : fetchAll(known, folder, options));
  const origin = `${known.download.repository}@${commit ?? known.download.revision ?? NEWEST}`;
  const progress = options.onProgress ? { onProgress: options.onProgress } : {};
  const installed = await installModel(store, { from: folder, id: known.id, known, settings: { origin }, quantise: options.quantise, ...progress });
  await rm(folder, { recursive: true, force: true });
  return installed;
}

/** Under which name a file of the repository is kept: the names that a published folder has. Data files keep theirs. */
const NAMES = { model: 'model.onnx', tokenizer: 'tokenizer.json', vision: 'vision_model.onnx', text: 'text_model.onnx' } as const;

interface NamedFile {
  file: DownloadFile;
  name: string;
}

/** The small one first. */
function filesOf(known: KnownModel): NamedFile[] {
  const { tokenizer, ...others }: Partial<Record<keyof typeof NAMES, DownloadFile>> = partsToFetch(known);
  const first: NamedFile[] = tokenizer === undefined ? [] : [{ file: tokenizer, name: NAMES.tokenizer }];
  return [...first, ...Object.entries(others).map(([part, file]) => ({ file, name: NAMES[part as keyof typeof NAMES] }))];
}

function partsToFetch(known: KnownModel): Partial<Record<keyof typeof NAMES, DownloadFile>> {
  if (known.kind === 'clip') return known.download.files;
  const { model, tokenizer } = known.download.files;
  return { model, tokenizer };
}
/** The commit that the first file came from, for the others, which may come much later. */
const COMMIT = '.commit';

async function fetchAll(known: KnownModel, folder: string, options: PullOptions): Promise<string | undefined> {
  const dispatcher = openProxies(options.env ?? process.env);
  try {
    return await fetchFiles(known, folder, { ...options, dispatcher });
  } finally {
    // Not close(), which waits for answers that nobody reads any more.
    await dispatcher.destroy();
  }
}

interface FetchOptions extends PullOptions {
  dispatcher: Dispatcher;
}

async function fetchFiles(known: KnownModel, folder: string, options: FetchOptions): Promise<string | undefined> {
  for (const file of filesOf(known)) await fetchFile(known, folder, file, options);
  if (known.kind !== 'clip') for (const name of await dataNamesOf(folder)) await fetchFile(known, folder, { file: dataFileOf(known, name), name }, options);
  return await commitOf(folder);
}

async function fetchFile(
  { download: { repository, revision = NEWEST } }: KnownModel,
  folder: string,
  { file, name }: NamedFile,
  { hub = HUB, dispatcher, onDownload, signal }: FetchOptions,
): Promise<void> {
  const to = join(folder, name);
  if (existsSync(to)) return;
  // All files of one state of the repository, should it change meanwhile.
  const commit = await commitOf(folder);
  const url = `${hub.replace(/\/+$/, '')}/${repository}/resolve/${commit ?? revision}/${file.path}`;
  const found = await downloadFile(
    { url, sha256: file.sha256 },
    { to, dispatcher, signal, onProgress: onDownload && ((received, total) => onDownload(basename(file.path), received, total)) },
  );
  if (commit === undefined && found.commit !== undefined) await writeFile(join(folder, COMMIT), found.commit);
}

async function commitOf(folder: string): Promise<string | undefined> {
  return await readFile(join(folder, COMMIT), 'utf8').catch(() => undefined);
}

/** What the fetched model keeps in other files. Where that is not allowed none is fetched: the import says why it is not. */
async function dataNamesOf(folder: string): Promise<string[]> {
  try {
    return [...dataFilesOf(await readFile(join(folder, NAMES.model))).keys()];
  } catch {
    return [];
  }
}

/** Lies beside the model's file in the repository too. */
function dataFileOf({ download: { files } }: KnownEncoder | KnownReranker, name: string): DownloadFile {
  const path = posix.join(posix.dirname(files.model.path), name);
  return files.data?.find((file) => file.path === path) ?? { path };
}

async function requireFetched(known: KnownModel, folder: string): Promise<string | undefined> {
  const { id } = known;
  const names = [...filesOf(known).map(({ name }) => name), ...(known.kind === 'clip' ? [] : await dataNamesOf(folder))];
  const lacking = names.filter((name) => !existsSync(join(folder, name)));
  if (lacking.length === 0) return await commitOf(folder);
  throw new DownloadError(
    `${lacking.join(' and ')} of ${id} ${lacking.length === 1 ? 'was' : 'were'} not fetched yet, and --offline fetches nothing. ` +
      `Fetch it where there is a network, or bring the published folder and use: cairn models import <folder> --id ${id}`,
  );
}
