import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OrgId } from '../ids.js';
import { scopeOfPrincipal, type TenantScope } from '../tenancy/tenant-scope.js';
import { BlobStore } from './blob-store.js';

const MAX = { maxBytes: 1_000_000 };
const someone = (): TenantScope => scopeOfPrincipal({ orgId: randomUUID() as OrgId, actor: 'user:1' });
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let folder: string;
let store: BlobStore;
let scope: TenantScope;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cairn-blobs-'));
  store = await BlobStore.open(folder);
  scope = someone();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filesBelow = (path = folder) => readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
const pathOf = (hash: string, owner = scope) => join(folder, owner.orgId, hash.slice(0, 2), hash);

async function listed(owner = scope): Promise<string[]> {
  const hashes: string[] = [];
  for await (const { hash } of store.list(owner)) hashes.push(hash);
  return hashes.sort();
}

/** Some bytes, and then nothing, as of a client that hangs. */
function thenHangs(bytes: Buffer): Readable {
  const stream = new PassThrough();
  stream.write(bytes);
  return stream;
}

/** Resolves when all of the first bytes lie in a file that is not yet a blob. */
async function untilIncoming(bytes: number): Promise<string> {
  for (;;) {
    const file = filesBelow().find(({ name }) => name.length !== 64);
    const path = file && join(file.parentPath, file.name);
    if (path && statSync(path).size === bytes) return path;
    await turn();
  }
}

describe('a blob', () => {
  it('is read as it was put, from a buffer and from a stream, whole and piece by piece', async () => {
    const bytes = randomBytes(300_000);
    const pieces = Array.from({ length: 30 }, (_, index) => bytes.subarray(index * 10_000, (index + 1) * 10_000));
    for (const source of [bytes, Readable.from(pieces)]) {
      const { hash, size } = await store.put(scope, source, MAX);
      expect({ hash, size }).toEqual({ hash: sha256(bytes), size: bytes.length });
      expect((await store.read(scope, hash)).equals(bytes)).toBe(true);
      expect((await buffer(await store.open(scope, hash))).equals(bytes)).toBe(true);
      expect(await store.has(scope, hash)).toBe(true);
    }
    expect(await listed()).toEqual([sha256(bytes)]);
  });

  it('that is opened and not read is closed again', async () => {
    const { hash } = await store.put(scope, Buffer.from('x'), MAX);
    const isOpen = () => readdirSync('/proc/self/fd').some((fd) => existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`) === pathOf(hash));
    const stream = await store.open(scope, hash);
    expect(isOpen()).toBe(true);
    stream.destroy();
    while (isOpen()) await turn();
  });

  it('may be empty', async () => {
    const { hash, size } = await store.put(scope, Readable.from([]), MAX);
    expect([size, (await store.read(scope, hash)).length]).toEqual([0, 0]);
  });

  it('is for nobody but us on the disk', async () => {
    const { hash } = await store.put(scope, Buffer.from('x'), MAX);
    const modes = [join(folder, scope.orgId), join(folder, scope.orgId, hash.slice(0, 2)), pathOf(hash)].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o600]);
  });

  it('is not shared by two organisations, the same bytes neither', async () => {
    const other = someone();
    const { hash } = await store.put(scope, Buffer.from('the same'), MAX);
    expect(await store.has(other, hash)).toBe(false);
    await expect(store.read(other, hash)).rejects.toMatchObject({ name: 'BlobError', code: 'missing' });
    await store.put(other, Buffer.from('the same'), MAX);
    expect(statSync(pathOf(hash)).ino).not.toBe(statSync(pathOf(hash, other)).ino);
    await store.remove(scope, hash);
    expect([await store.has(scope, hash), await store.has(other, hash), await listed(other)]).toEqual([false, true, [hash]]);
  });

  it('that is removed is gone, and removing it again is no mistake', async () => {
    const { hash } = await store.put(scope, Buffer.from('x'), MAX);
    await store.remove(scope, hash);
    await store.remove(scope, hash);
    await expect(store.open(scope, hash)).rejects.toMatchObject({ code: 'missing' });
    expect(await listed()).toEqual([]);
  });

  it('is asked for by its hash only', async () => {
    for (const name of ['', '../../etc/passwd', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(63)}/`]) {
      await expect(store.read(scope, name)).rejects.toThrow('64 hexadecimal digits');
      await expect(store.has(scope, name)).rejects.toThrow('64 hexadecimal digits');
      await expect(store.remove(scope, name)).rejects.toThrow('64 hexadecimal digits');
    }
    const crafted = scopeOfPrincipal({ orgId: '../x' as OrgId, actor: 'user:1' });
    await expect(store.put(crafted, Buffer.from('x'), MAX)).rejects.toThrow('UUID');
  });
});

describe('a twin', () => {
  it('costs no second copy, and says that it was put again', async () => {
    const { hash } = await store.put(scope, Buffer.from('x'), MAX);
    const { ino } = statSync(pathOf(hash));
    utimesSync(pathOf(hash), 1, 1);
    await store.put(scope, Buffer.from('x'), MAX);
    expect([statSync(pathOf(hash)).ino, filesBelow()]).toEqual([ino, [expect.objectContaining({ name: hash })]]);
    for await (const { putAt } of store.list(scope)) expect(Date.now() - putAt.getTime()).toBeLessThan(60_000);
  });

  it('that comes at the same time, twenty times over, is one file', async () => {
    const bytes = randomBytes(200_000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => store.put(scope, Readable.from([bytes]), MAX)));
    expect(new Set(answers.map(({ hash }) => hash))).toEqual(new Set([sha256(bytes)]));
    expect(filesBelow().map(({ name }) => name)).toEqual([sha256(bytes)]);
    expect((await store.read(scope, sha256(bytes))).equals(bytes)).toBe(true);
  });

  it('is replaced when it was cut off', async () => {
    const bytes = randomBytes(1_000);
    const { hash } = await store.put(scope, bytes, MAX);
    truncateSync(pathOf(hash), 500);
    await store.put(scope, bytes, MAX);
    expect((await store.read(scope, hash)).equals(bytes)).toBe(true);
  });
});

describe('a put that does not end well', () => {
  it('refuses what is too large with 413, reads no further and keeps nothing', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(1_000, sent++);
    }
    const source = Readable.from(endless());
    await expect(store.put(scope, source, { maxBytes: 100_000 })).rejects.toMatchObject({ code: 'too_large', status: 413 });
    expect([source.destroyed, sent < 200, filesBelow()]).toEqual([true, true, []]);
    await store.put(scope, Buffer.alloc(100_000), { maxBytes: 100_000 });
  });

  it('ends in the middle when it is aborted, also while the sender hangs, and keeps nothing', async () => {
    const gone = new AbortController();
    const source = thenHangs(Buffer.alloc(1_000));
    const put = store.put(scope, source, { ...MAX, signal: gone.signal });
    await untilIncoming(1_000);
    gone.abort(new Error('the caller went away'));
    await expect(put).rejects.toThrow('the caller went away');
    expect([source.destroyed, filesBelow()]).toEqual([true, []]);
    await expect(store.put(scope, Buffer.from('x'), { ...MAX, signal: gone.signal })).rejects.toThrow('the caller went away');
  });

  it('says what its source says', async () => {
    async function* breaks(): AsyncGenerator<Buffer> {
      yield Buffer.from('x');
      throw new Error('the source broke');
    }
    await expect(store.put(scope, Readable.from(breaks()), MAX)).rejects.toThrow('the source broke');
    expect(filesBelow()).toEqual([]);
  });

  it('says that the disk is full as 507', async () => {
    async function* full(): AsyncGenerator<Buffer> {
      yield Buffer.from('x');
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    }
    await expect(store.put(scope, Readable.from(full()), MAX)).rejects.toMatchObject({ code: 'storage_full', status: 507 });
  });

  it('leaves a file when its process dies, which is swept once nothing was written to it for long', async () => {
    const { hash } = await store.put(scope, Buffer.from('kept'), MAX);
    const died = new AbortController();
    const put = store.put(scope, thenHangs(Buffer.alloc(1_000)), { ...MAX, signal: died.signal });
    const leftover = await untilIncoming(1_000);
    expect([await store.sweepTemporary(3_600_000), await listed()]).toEqual([0, [hash]]);
    utimesSync(leftover, new Date(), new Date(Date.now() - 7_200_000));
    expect([await store.sweepTemporary(3_600_000), filesBelow().map(({ name }) => name)]).toEqual([1, [hash]]);
    died.abort(new Error('over'));
    await expect(put).rejects.toThrow('over');
  });
});

describe('a file that was changed behind our back', () => {
  it('is found out when it was cut off, before or while it is read', async () => {
    const bytes = randomBytes(200_000);
    const { hash } = await store.put(scope, bytes, MAX);
    truncateSync(pathOf(hash), 150_000);
    await expect(store.read(scope, hash)).rejects.toMatchObject({ name: 'BlobError', code: 'damaged' });
    await expect(buffer(await store.open(scope, hash))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('is found out when a bit fell over', async () => {
    const { hash } = await store.put(scope, Buffer.from('abc'), MAX);
    writeFileSync(pathOf(hash), 'abd');
    await expect(store.read(scope, hash)).rejects.toMatchObject({ code: 'damaged' });
    await expect(buffer(await store.open(scope, hash))).rejects.toMatchObject({ code: 'damaged' });
  });

  it('is not read through a symbolic link, nor written through one', async () => {
    const { hash } = await store.put(scope, Buffer.from('abc'), MAX);
    const outside = join(folder, 'outside');
    await rename(pathOf(hash), outside);
    symlinkSync(outside, pathOf(hash));
    expect(await store.has(scope, hash)).toBe(false);
    await expect(store.read(scope, hash)).rejects.toMatchObject({ code: 'missing' });
    await store.put(scope, Buffer.from('abc'), MAX);
    writeFileSync(outside, 'changed');
    expect(readFileSync(pathOf(hash), 'utf8')).toBe('abc');
  });

  it('nor through a folder that is a link', async () => {
    const other = someone();
    const { hash } = await store.put(scope, Buffer.from('abc'), MAX);
    symlinkSync(join(folder, scope.orgId), join(folder, other.orgId));
    for (const action of [store.read(other, hash), store.has(other, hash), store.remove(other, hash), store.put(other, Buffer.from('x'), MAX), listed(other)])
      await expect(action).rejects.toThrow('symbolic link');
    expect(await store.has(scope, hash)).toBe(true);
  });
});

describe('the folder of the store', () => {
  it('is not made anew when it goes away: its disk may come back', async () => {
    await rename(folder, `${folder}-away`);
    await expect(store.put(scope, Buffer.from('x'), MAX)).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    await rename(`${folder}-away`, folder);
    await store.put(scope, Buffer.from('x'), MAX);
  });

  it('is made when it is missing', async () => {
    const deep = join(folder, 'a', 'b');
    const fresh = await BlobStore.open(deep);
    await fresh.put(scope, Buffer.from('x'), MAX);
    expect(statSync(deep).mode & 0o777).toBe(0o700);
  });

  it('may itself be a link, as of a disk that is mounted elsewhere', async () => {
    await mkdir(join(folder, 'disk'));
    symlinkSync(join(folder, 'disk'), join(folder, 'link'));
    const linked = await BlobStore.open(join(folder, 'link'));
    const { hash } = await linked.put(scope, Buffer.from('x'), MAX);
    expect(await linked.has(scope, hash)).toBe(true);
  });

  it('is refused with a sentence when it is no folder that can be written', async () => {
    await expect(BlobStore.open('relative/path')).rejects.toThrow('BLOB_DIR must be an absolute path');
    writeFileSync(join(folder, 'file'), '');
    await expect(BlobStore.open(join(folder, 'file'))).rejects.toThrow(/^BLOB_DIR \(.*file\) cannot be written \(E\w+\)\. Make it a folder/);
    await expect(BlobStore.open('/proc/blobs')).rejects.toThrow('cannot be written');
  });
});
