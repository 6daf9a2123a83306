import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantScope } from '@cairn/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SourceFolders } from './source-folders.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'folders-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the folders of sources', () => {
  it('are one for each source, for nobody else, and removed', async () => {
    const scope = { orgId: 'org' } as TenantScope;
    const folders = await SourceFolders.open(join(home, 'new', 'work'));
    const [one, other] = [await folders.of(scope, '1'), await folders.of(scope, '2')];
    expect(statSync(one).mode & 0o777).toBe(0o700);
    await folders.remove(scope, '1');
    await folders.remove(scope, 'never there');
    expect([existsSync(one), existsSync(other)]).toEqual([false, true]);
  });

  it('are not made where others may read or change what is kept', async () => {
    chmodSync(home, 0o777);
    await expect(SourceFolders.open(home)).rejects.toThrow('chmod 700');
    chmodSync(home, 0o700);
    symlinkSync(home, join(home, 'link'));
    await expect(SourceFolders.open(join(home, 'link'))).rejects.toThrow('no link');
    await SourceFolders.open(home);
  });
});
