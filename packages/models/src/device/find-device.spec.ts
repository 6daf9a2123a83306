import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findDevice } from '../../dist/index.js';

const LISTING = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-11111111-aaaa)
  MIG 1g.10gb     Device  0: (UUID: MIG-33333333-cccc)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-22222222-bbbb)`;

describe('the name of a device', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-gpus-'));
  const found = (visible?: string) => findDevice('cuda', { PATH: folder, ...(visible === undefined ? {} : { CUDA_VISIBLE_DEVICES: visible }) });
  beforeAll(() => {
    const tool = join(folder, 'nvidia-smi');
    writeFileSync(tool, `#!/bin/sh\n[ "$1" = -L ] && echo '${LISTING}'\n`);
    chmodSync(tool, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('E12: is the UUID of the GPU that CUDA uses', async () => {
    expect(await found()).toBe('GPU-11111111-aaaa');
    expect(await found('1,0')).toBe('GPU-22222222-bbbb');
    expect(await found('GPU-2222')).toBe('GPU-22222222-bbbb');
    expect(await found('MIG-33333333-cccc')).toBe('MIG-33333333-cccc');
  });

  it('E12: is that of the machine where models run on the processor, or CUDA is shown no GPU, or there is none', async () => {
    const machine = await findDevice('cpu', { PATH: folder });
    expect(machine).toMatch(/^cpu:[0-9a-f]{32}$/);
    expect(await found('-1')).toBe(machine);
    expect(await findDevice('cuda', { PATH: '/nowhere' })).toBe(machine);
  });
});
