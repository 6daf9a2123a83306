import type { Random } from './random.js';

const WORDS = (
  'amber anchor apple arrow autumn basket beacon birch bottle bridge butter candle canvas carpet castle cedar chapel cherry circle cloud copper cotton ' +
  'desert dragon eagle engine falcon feather forest fountain garden glacier guitar hammer harbour honey island ivory jungle kettle ladder lantern lemon ' +
  'library magnet marble meadow mirror mountain needle ocean orchard paper pepper piano planet pocket quartz rabbit ribbon river saddle school shadow ' +
  'silver spider summer sugar temple thunder ticket tunnel valley velvet violin walnut willow window winter'
).split(' ');

/** Begins every text of a run, so that one can look for texts where none should be. */
export const TEXT_MARK = 'zqx';

/** A short text that no other write of the run has: its vector tells which write is live. */
export function newText(random: Random): string {
  return `${TEXT_MARK} ${[1, 2, 3, 4].map(() => random.pick(WORDS)).join(' ')} ${random.below(1_000_000)}`;
}
