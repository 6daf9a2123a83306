import type { PointId } from '@cairn/common';
import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { withoutOpenTies } from './fuse.js';
import { bestFirst, joinSpaces, type SpaceRanking } from './join-spaces.js';

const MOST = 8;
const [ONE, OTHER] = ['model@1', 'model@1+int8'];
const ASKED = { lane: 'sparse', question: 0, knowledge: 1 } as const;

/** What a space with these chunks finds when it is asked for so many. */
function found(chunks: readonly [string, number][]): SpaceRanking[] {
  const all = chunks.map(([id, score]) => ({ chunkId: id, indexId: '', documentId: id, pointId: id as PointId, token: '', score })).sort(bestFirst);
  return [{ asked: ASKED, ranked: all.slice(0, MOST), isWhole: all.length < MOST }];
}

it('Q2: finds in two spaces what it finds where all lies in one', () => {
  const chunks = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 9 }), fc.boolean()), { selector: ([id]) => id });
  return fc.assert(
    fc.property(chunks, (all) => {
      const scored = (some: typeof all) => some.map(([id, score]): [string, number] => [id, score]);
      const apart = new Map([
        [ONE as string, found(scored(all.filter(([, , isThere]) => isThere)))],
        [OTHER as string, found(scored(all.filter(([, , isThere]) => !isThere)))],
      ]);
      const [joined] = joinSpaces(apart, MOST);
      const [together] = joinSpaces(new Map([[ONE as string, found(scored(all))]]), MOST);
      expect(joined?.isWhole).toBe(together?.isWhole);
      expect(joined && withoutOpenTies(joined).ranked).toEqual(together && withoutOpenTies(together).ranked);
    }),
    { numRuns: 500, seed: 20_260_101 },
  );
});
