import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import type { ParseLimits } from '../parse-limits.js';
import { damaged, encrypted, tooManyEntries, tooMuchUnpacked, tooTightlyPacked } from '../parse-refused.js';

/** Below this, how tightly an entry is packed says nothing: a few kilobytes of spaces are no bomb. */
const HARMLESS_BYTES = 1_000_000;

/**
 * A ZIP in memory. Nothing is written to disk, and the paths in it are names to look up only. An entry is refused before it is unpacked by what
 * it says it will become; the library stops one that lied. What nobody asks for is never unpacked.
 */
export class Archive {
  private unpackedBytes = 0;

  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: Map<string, Entry>,
    private readonly limits: ParseLimits,
    private readonly what: string,
  ) {}

  /** `what` is the format in words, for refusals. */
  static async open(bytes: Uint8Array, limits: ParseLimits, what: string): Promise<Archive> {
    try {
      const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { lazyEntries: true, autoClose: false });
      if (zip.entryCount > limits.maxEntries) throw tooManyEntries(zip.entryCount, limits.maxEntries);
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
      return new Archive(zip, entries, limits, what);
    } catch (error) {
      if (error instanceof Error && error.name === 'PermanentJobError') throw error;
      throw damaged(what, error);
    }
  }

  get names(): ReadonlySet<string> {
    return new Set(this.entries.keys());
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** The bytes of an entry, checked against its checksum. */
  async bytes(name: string): Promise<Uint8Array> {
    const entry = this.entries.get(name);
    if (entry === undefined) throw damaged(this.what, new Error('an entry is missing'));
    if (entry.isEncrypted()) throw encrypted('file');
    this.admit(entry);
    const bytes = await this.unpacked(entry);
    if (crc32(bytes) !== entry.crc32) throw damaged(this.what, new Error('checksum'));
    return bytes;
  }

  private admit({ compressedSize, uncompressedSize }: Entry): void {
    const { maxUnpackedBytes, maxRatio } = this.limits;
    this.unpackedBytes += uncompressedSize;
    if (this.unpackedBytes > maxUnpackedBytes) throw tooMuchUnpacked(maxUnpackedBytes);
    const ratio = uncompressedSize / Math.max(1, compressedSize);
    if (uncompressedSize > HARMLESS_BYTES && ratio > maxRatio) throw tooTightlyPacked(ratio, maxRatio);
  }

  private async unpacked(entry: Entry): Promise<Uint8Array> {
    try {
      return await buffer(await this.zip.openReadStreamPromise(entry));
    } catch (error) {
      throw damaged(this.what, error);
    }
  }
}
