/** Unit vectors that are the same in every run: a bench must not depend on luck. */
export class VectorSource {
  private state: number;

  constructor(
    seed: number,
    private readonly dimension: number,
  ) {
    this.state = seed >>> 0;
  }

  next(): Float32Array {
    const vector = Float32Array.from({ length: this.dimension }, () => this.uniform() + this.uniform() + this.uniform() - 1.5);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  }

  // mulberry32
  private uniform(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
