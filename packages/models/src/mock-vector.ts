import { createHash } from 'node:crypto';
import { MOCK_MODEL } from './catalogue/entries.js';
import { numpyRandom } from './numpy-random.js';

/** The mock model's vector of a segment: 384 numbers in [0, 1), not normalised, the same bits as the first implementation made with numpy. */
export function mockVector({ orgId, assetId, segmentId }: { orgId: string; assetId: string; segmentId: string }): Float32Array {
  const name = [orgId, assetId, segmentId, MOCK_MODEL.id, MOCK_MODEL.version].join(':');
  const random = numpyRandom(createHash('sha256').update(name, 'utf8').digest().readUInt32BE(0));
  return Float32Array.from({ length: MOCK_MODEL.dimension }, random);
}
