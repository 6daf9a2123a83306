import { VectorSource } from '../core/random-vectors.js';
import { uniformFrom } from '../core/uniform.js';

const DIRECTIONS = 24;
const NOISES = 512;
/** Length of the noise, where what a vector means has a length of 1. */
const NOISE = 0.25;

/**
 * Unit vectors that lie as those of texts do, the same for a seed in every run: they differ in a few directions, and a little in all. Wholly random ones of
 * hundreds of dimensions have no near neighbours, and no index finds what is not there.
 */
export class TextLikeVectors {
  private readonly uniform: () => number;
  private readonly directions: Float32Array[];
  private readonly noises: Float32Array[];

  /** Vectors of the same space have the same directions, whatever their seed. */
  constructor(
    seed: number,
    private readonly dimension: number,
  ) {
    const source = new VectorSource(5, dimension);
    this.uniform = uniformFrom(seed);
    this.directions = Array.from({ length: DIRECTIONS }, () => source.next());
    this.noises = Array.from({ length: NOISES }, () => source.next());
  }

  next(): Float32Array {
    const vector = new Float32Array(this.dimension);
    for (const direction of this.directions) addTo(vector, direction, this.bell() / Math.sqrt(DIRECTIONS));
    addTo(vector, this.noises[Math.floor(this.uniform() * NOISES)] as Float32Array, NOISE);
    return ofLengthOne(vector);
  }

  /** About normal: mean 0, deviation 1. */
  private bell(): number {
    return (this.uniform() + this.uniform() + this.uniform() - 1.5) * 2;
  }
}

function addTo(sum: Float32Array, vector: Float32Array, factor: number): void {
  for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + factor * (vector[at] as number);
}

function ofLengthOne(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] as number) / length;
  return vector;
}
