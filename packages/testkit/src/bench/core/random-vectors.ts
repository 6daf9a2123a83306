import { uniformFrom } from './uniform.js';

/** Unit vectors that are the same in every run: a bench must not depend on luck. */
export class VectorSource {
  private readonly uniform: () => number;

  constructor(
    seed: number,
    private readonly dimension: number,
  ) {
    this.uniform = uniformFrom(seed);
  }

  next(): Float32Array {
    const vector = Float32Array.from({ length: this.dimension }, () => this.uniform() + this.uniform() + this.uniform() - 1.5);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  }
}
