import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { Provider } from '../runtime/provider.js';

const ANSWER_WITHIN_MS = 20_000;

/** The name of what a model computes on with this provider, the same for every process of the machine: a GPU's UUID, else `cpu:` and the machine. */
export async function findDevice(provider: Provider, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const gpu = provider === 'cpu' ? undefined : gpuOf(await listGpus(env), env.CUDA_VISIBLE_DEVICES);
  return gpu ?? `cpu:${await machineId()}`;
}

/** Nothing where there is no NVIDIA driver. */
async function listGpus(env: NodeJS.ProcessEnv): Promise<string> {
  const listed = promisify(execFile)('nvidia-smi', ['-L'], { env, timeout: ANSWER_WITHIN_MS });
  return await listed.then(
    ({ stdout }) => stdout,
    () => '',
  );
}

/** The first GPU that CUDA shows to this process: `CUDA_VISIBLE_DEVICES` names it by its number or the beginning of its UUID. */
function gpuOf(listing: string, visible = ''): string | undefined {
  const uuids = [...listing.matchAll(/\(UUID: ((?:GPU|MIG)-[\w/-]+)\)/g)].map(([, uuid]) => uuid as string);
  const gpus = uuids.filter((uuid) => uuid.startsWith('GPU-'));
  const [wanted = ''] = visible.split(',').map((name) => name.trim());
  if (/^(GPU|MIG)-/.test(wanted)) return uuids.find((uuid) => uuid.startsWith(wanted));
  return gpus[Number.parseInt(wanted, 10) || 0];
}

/** The id itself is not to leave the machine, says machine-id(5): a hash does as well. */
async function machineId(): Promise<string> {
  const id = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim() || hostname();
  return createHmac('sha256', 'cairn-device').update(id).digest('hex').slice(0, 32);
}
