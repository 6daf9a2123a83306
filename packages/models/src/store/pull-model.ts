import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { KnownModel } from '../catalogue/model.js';
import { DownloadError, downloadFile, partsFolder } from './download.js';
import { type Installed, type InstallRequest, installModel } from './install-model.js';
import type { ModelStore } from './model-store.js';

const HUB = 'https://huggingface.co';
const NEWEST = 'main';

export interface PullOptions {
  quantise: boolean;
  /** Asks nobody: works only with files that were fetched before. */
  offline: boolean;
  /** Another hub, or a mirror of it. */
  hub?: string | undefined;
  onDownload?: ((file: string, received: number, total: number) => void) | undefined;
  onProgress?: InstallRequest['onProgress'];
  signal?: AbortSignal | undefined;
}

/** Fetches a known model and installs it. Fetched files are kept until it is installed, so that nothing is fetched twice. */
export async function pullModel(store: ModelStore, known: KnownModel, options: PullOptions): Promise<Installed> {
  const folder = join(partsFolder(store.folder), known.id);
  await mkdir(folder, { recursive: true });
  const commit = options.offline ? requireFetched(known, folder) : await fetchAll(known, folder, options);
  const origin = `${known.download.repository}@${commit ?? known.download.revision ?? NEWEST}`;
  const progress = options.onProgress ? { onProgress: options.onProgress } : {};
  const installed = await installModel(store, { from: folder, id: known.id, known, settings: { origin }, quantise: options.quantise, ...progress });
  await rm(folder, { recursive: true, force: true });
  return installed;
}

/** Under which name a file of the repository is kept: the names that a published folder has. */
const NAMES = { model: 'model.onnx', tokenizer: 'tokenizer.json' } as const;

async function fetchAll(known: KnownModel, folder: string, options: PullOptions): Promise<string | undefined> {
  const { repository, revision = NEWEST, files } = known.download;
  const hub = (options.hub ?? HUB).replace(/\/+$/, '');
  let commit: string | undefined;
  for (const kind of ['tokenizer', 'model'] as const) {
    const file = files[kind];
    const to = join(folder, NAMES[kind]);
    if (existsSync(to)) continue;
    // All files of one state of the repository, should it change meanwhile.
    const url = `${hub}/${repository}/resolve/${commit ?? revision}/${file.path}`;
    const { onDownload } = options;
    const found = await downloadFile(
      { url, sha256: file.sha256 },
      { to, signal: options.signal, onProgress: onDownload && ((received, total) => onDownload(basename(file.path), received, total)) },
    );
    commit = found.commit ?? commit;
  }
  return commit;
}

function requireFetched({ id }: KnownModel, folder: string): undefined {
  const lacking = Object.values(NAMES).filter((name) => !existsSync(join(folder, name)));
  if (lacking.length > 0) {
    throw new DownloadError(
      `${lacking.join(' and ')} of ${id} ${lacking.length === 1 ? 'was' : 'were'} not fetched yet, and --offline fetches nothing. ` +
        `Fetch it where there is a network, or bring the published folder and use: cairn models import <folder> --id ${id}`,
    );
  }
}
