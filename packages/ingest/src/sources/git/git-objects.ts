import { applyDelta } from './delta.js';
import { type GitFiles, readAt } from './git-files.js';
import { packedBytesFor, START_BYTES, unpack, unpackStart } from './inflate.js';
import { Pack, type PackEntry } from './pack.js';
import { PackIndex } from './pack-index.js';

const PACK = /^pack-[0-9a-f]{40}\.idx$/;
// Two million objects; all indexes are kept in memory while a repository is read.
const MOST_INDEX_BYTES = 64_000_000;
const MOST_PACKS = 200;
const MOST_DELTAS = 4_096;
// A chain of deltas that each make a large object costs their sum. Git keeps chains to 50.
const MOST_WORK = 50;
const MOST_HEAD = 64;
const LOOSE_HEAD = /^[a-z]+ (\d{1,15})\0/;

interface Stored {
  pack: Pack;
  offset: number;
}

/**
 * The objects of a repository that somebody else may have written: memory is spent on what was asked for only, and its size is known before.
 * Undefined is an object that is not there; one that is damaged, or larger than asked for, is an error.
 */
export class GitObjects {
  private constructor(
    private readonly files: GitFiles,
    private readonly packs: readonly Pack[],
  ) {}

  static async open(files: GitFiles): Promise<GitObjects> {
    const names = (await files.names('objects/pack')).filter((name) => PACK.test(name)).slice(0, MOST_PACKS);
    const packs: Pack[] = [];
    let left = MOST_INDEX_BYTES;
    for (const name of names) {
      const bytes = await files.read(`objects/pack/${name}`, left);
      left -= bytes?.length ?? 0;
      const index = bytes && PackIndex.read(bytes);
      const handle = index && (await files.open(`objects/pack/${name.replace(/idx$/, 'pack')}`));
      if (handle) packs.push(new Pack(index, handle));
    }
    return new GitObjects(files, packs);
  }

  async sizeOf(id: string): Promise<number | undefined> {
    const stored = this.find(id);
    if (stored !== undefined) return stored.pack.sizeOf(await stored.pack.entryAt(stored.offset));
    return (await this.looseHead(id))?.size;
  }

  async read(id: string, maxBytes: number): Promise<Buffer | undefined> {
    const stored = this.find(id);
    return stored === undefined ? this.readLoose(id, maxBytes) : this.readPacked(stored, maxBytes);
  }

  async close(): Promise<void> {
    await Promise.all(this.packs.map((pack) => pack.close()));
  }

  private find(id: string): Stored | undefined {
    for (const pack of this.packs) {
      const offset = pack.index.offsetOf(id);
      if (offset !== undefined) return { pack, offset };
    }
    return undefined;
  }

  private async readPacked(stored: Stored, maxBytes: number): Promise<Buffer | undefined> {
    const deltas: Buffer[] = [];
    const { pack } = stored;
    let entry = await entryOf(stored, maxBytes);
    for (let left = maxBytes * MOST_WORK; entry.base !== undefined; entry = await entryOf({ pack, offset: baseOf(pack, entry) }, maxBytes)) {
      const delta = await pack.read(entry);
      left -= await pack.sizeOf(entry);
      if (left < 0 || deltas.push(delta) > MOST_DELTAS) throw new Error('a chain of deltas is too long');
    }
    return withDeltas(await pack.read(entry), deltas);
  }

  private async looseHead(id: string): Promise<{ size: number; end: number } | undefined> {
    const handle = await this.files.open(loosePath(id));
    if (handle === undefined) return undefined;
    try {
      const start = unpackStart(await readAt(handle, 0, START_BYTES)).toString('latin1', 0, MOST_HEAD);
      const [head, size] = LOOSE_HEAD.exec(start) ?? [];
      if (head === undefined) throw new Error('an object has no head');
      return { size: Number(size), end: head.length };
    } finally {
      await handle.close();
    }
  }

  private async readLoose(id: string, maxBytes: number): Promise<Buffer | undefined> {
    const head = await this.looseHead(id);
    if (head === undefined) return undefined;
    assertSize(head.size, maxBytes);
    const whole = head.size + head.end;
    const bytes = await this.files.read(loosePath(id), packedBytesFor(whole));
    return bytes && (await unpack(bytes, whole)).subarray(head.end);
  }
}

const loosePath = (id: string): string => `objects/${id.slice(0, 2)}/${id.slice(2)}`;

/** A pack on a disk holds the bases of all its deltas. */
function baseOf({ index }: Pack, { base }: PackEntry): number {
  const offset = typeof base === 'string' ? index.offsetOf(base) : base;
  if (offset === undefined) throw new Error('a delta has no base');
  return offset;
}

async function entryOf({ pack, offset }: Stored, maxBytes: number): Promise<PackEntry> {
  const entry = await pack.entryAt(offset);
  assertSize(entry.size, maxBytes);
  assertSize(await pack.sizeOf(entry), maxBytes);
  return entry;
}

function assertSize(size: number, maxBytes: number): void {
  if (size > maxBytes) throw new Error('an object is too large');
}

/** The deltas were found from the result down to its base. */
function withDeltas(base: Buffer, deltas: readonly Buffer[]): Buffer {
  return deltas.reduceRight((object, delta) => applyDelta(object, delta), base);
}
