import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { mockVector } from './mock-vector.js';
import { numpyRandom } from './numpy-random.js';

const orgId = '550e8400-e29b-41d4-a716-446655440000';
const sha256 = (vector: Float32Array) => createHash('sha256').update(Buffer.from(vector.buffer)).digest('hex');

describe('mock vector', () => {
  it('E2: has the golden bytes of GP1', () => {
    const vector = mockVector({ orgId, assetId: 'final-test-doc', segmentId: 'final-chunk-0' });
    expect([...vector.slice(0, 4)].map((value) => value.toFixed(8))).toEqual(['0.91894406', '0.22828153', '0.91735995', '0.62658036']);
    expect(sha256(vector)).toBe('4544672a4fcba71754d8f635ecff8b78ac7edb619504fe7f060a8482d78ce4f5');
  });

  it('E2: has the golden bytes of GP2', () => {
    expect(sha256(mockVector({ orgId, assetId: 'doc-123', segmentId: 'chunk-0' }))).toBe('8f756f4d253e60e97f6fa2c01b3207cef598313d29bac2bcfb7bd9671b1c8ce1');
  });

  it('draws the doubles of numpy.random.default_rng for the smallest and the largest seed', () => {
    const draw = (seed: number) => Array.from({ length: 3 }, numpyRandom(seed));
    expect(draw(0)).toEqual([0.6369616873214543, 0.2697867137638703, 0.04097352393619469]);
    expect(draw(0xffffffff)).toEqual([0.2519435680449965, 0.21906579628685663, 0.28728472043517017]);
  });
});
