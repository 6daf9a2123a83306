import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkDataFile, readDataFile } from './data-file.js';

// More than one read.
const BYTES = Buffer.alloc(70 * 1024 * 1024, 'weights');
const FILE = { path: 'data', size: BYTES.length, sha256: createHash('sha256').update(BYTES).digest('hex') };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-data-'));
  path = join(folder, 'data');
  writeFileSync(path, BYTES);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refusals = async (file = FILE) =>
  await Promise.all([readDataFile(path, file), checkDataFile(path, file)].map((read) => read.catch((error) => error.message)));
const both = (reason: RegExp) => [expect.stringMatching(reason), expect.stringMatching(reason)];

describe('a data file', () => {
  it('is given as it is, when it is the one that is named', async () => {
    expect(Buffer.compare(await readDataFile(path, FILE), BYTES)).toBe(0);
    await expect(checkDataFile(path, FILE)).resolves.toBeUndefined();
  });

  it('E9: that was swapped for another one of its size is refused with both hashes', async () => {
    writeFileSync(path, Buffer.alloc(BYTES.length, 1));
    expect(await refusals()).toEqual(both(/^is not the one that the manifest names: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}$/));
  });

  it('E9: of another size than is stated is refused before it is read', async () => {
    expect(await refusals({ ...FILE, size: BYTES.length + 1 })).toEqual(both(/^has 73400320 bytes and not 73400321$/));
    expect(await refusals({ ...FILE, size: BYTES.length - 1 })).toEqual(both(/^has 73400320 bytes and not 73400319$/));
  });

  it('E9: that is a link is refused, even to the right file', async () => {
    renameSync(path, join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), path);
    expect(await refusals()).toEqual(both(/^is a link/));
  });

  it('E9: that is no file is refused, and a pipe holds nobody up', async () => {
    rmSync(path);
    expect(await refusals()).toEqual(both(/^cannot be read$/));
    mkdirSync(path);
    expect(await refusals()).toEqual(both(/^is not a file$/));
    rmSync(path, { recursive: true });
    execFileSync('mkfifo', [path]);
    expect(await refusals()).toEqual(both(/^is not a file$/));
  });
});
