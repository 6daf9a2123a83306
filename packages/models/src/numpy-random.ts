// numpy's default_rng for one 32-bit seed, bit for bit: SeedSequence stretches the seed, PCG64 XSL-RR makes the numbers.

const POOL_SIZE = 4;
const STATE_WORDS = 8;
const MIX_LEFT = 0xca01f9dd;
const MIX_RIGHT = 0x4973f715;
const SPREAD = { start: 0x43b0d7e5, factor: 0x931e8875 };
const EXPAND = { start: 0x8b51f9dd, factor: 0x58f38ded };

const MASK_64 = (1n << 64n) - 1n;
const MASK_128 = (1n << 128n) - 1n;
const PCG_FACTOR = 0x2360ed051fc65da44385df649fccf645n;
const DOUBLE_STEP = 2 ** -53;

const fold = (value: number): number => (value ^ (value >>> 16)) >>> 0;

function makeHash({ start, factor }: { start: number; factor: number }): (value: number) => number {
  let constant = start;
  return (value) => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, factor) >>> 0;
    return fold(Math.imul(mixed, constant));
  };
}

function mix(left: number, right: number): number {
  return fold(Math.imul(MIX_LEFT, left) - Math.imul(MIX_RIGHT, right));
}

function stretchSeed(seed: number): number[] {
  const hash = makeHash(SPREAD);
  const pool = Array.from({ length: POOL_SIZE }, (_, i) => hash(i === 0 ? seed : 0));
  for (let source = 0; source < POOL_SIZE; source++) {
    for (let target = 0; target < POOL_SIZE; target++) {
      if (source !== target) pool[target] = mix(pool[target] as number, hash(pool[source] as number));
    }
  }
  const expand = makeHash(EXPAND);
  return Array.from({ length: STATE_WORDS }, (_, i) => expand(pool[i % POOL_SIZE] as number));
}

/** The same doubles in [0, 1), in the same order, as `numpy.random.default_rng(seed).random()`. */
export function numpyRandom(seed: number): () => number {
  const words = stretchSeed(seed).map(BigInt);
  const wide = (at: number) =>
    ((words[at + 1] as bigint) << 96n) | ((words[at] as bigint) << 64n) | ((words[at + 3] as bigint) << 32n) | (words[at + 2] as bigint);
  const increment = ((wide(4) << 1n) | 1n) & MASK_128;
  const step = (state: bigint) => (state * PCG_FACTOR + increment) & MASK_128;
  let state = step((increment + wide(0)) & MASK_128);
  return () => {
    state = step(state);
    const folded = (state >> 64n) ^ (state & MASK_64);
    const turn = state >> 122n;
    const output = ((folded >> turn) | (folded << (64n - turn))) & MASK_64;
    return Number(output >> 11n) * DOUBLE_STEP;
  };
}
