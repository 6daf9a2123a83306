import { promisify } from 'node:util';
import { constants, inflate, inflateSync } from 'node:zlib';

const inflateAside = promisify(inflate) as (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

// What zlib adds at worst to bytes that do not get smaller.
const overhead = (size: number): number => (size >>> 9) + 128;

/** As many packed bytes as can become so many. */
export const packedBytesFor = (size: number): number => size + overhead(size);

/** Unpacks what begins here. More bytes than are expected are an error, whatever they could become. */
export async function unpack(bytes: Buffer, size: number): Promise<Buffer> {
  const unpacked = await inflateAside(bytes, { maxOutputLength: Math.max(size, 1) });
  if (unpacked.length !== size) throw new Error(`${unpacked.length} bytes instead of ${size}`);
  return unpacked;
}

/** So many packed bytes give the first of what they hold: the code that comes first may take more than a hundred. */
export const START_BYTES = 512;

/** The first bytes of something packed, of which we have the first bytes. */
export const unpackStart = (bytes: Buffer): Buffer => inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1_200 * bytes.length });
