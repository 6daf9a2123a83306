const FIRST_SIZE = 1_024;
const EMPTY = -1;

/**
 * A number for each pair of numbers. A Map would need a key made of both, and is several times as slow and as large with the half
 * million entries of a multilingual vocabulary.
 */
export class PairTable {
  private size = 0;
  private left = new Int32Array(FIRST_SIZE);
  private right = new Int32Array(FIRST_SIZE);
  private values = new Int32Array(FIRST_SIZE).fill(EMPTY);

  /** Undefined where nothing was set. */
  get(left: number, right: number): number | undefined {
    const value = this.values[this.slotOf(left, right)] as number;
    return value === EMPTY ? undefined : value;
  }

  /** Values are not negative. */
  set(left: number, right: number, value: number): void {
    if (this.size * 2 >= this.values.length) this.grow();
    const slot = this.slotOf(left, right);
    if (this.values[slot] === EMPTY) this.size++;
    this.left[slot] = left;
    this.right[slot] = right;
    this.values[slot] = value;
  }

  /** The pair's own slot, or the free one where it would go. */
  private slotOf(left: number, right: number): number {
    const { values, left: lefts, right: rights } = this;
    const mask = values.length - 1;
    const mixed = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (values[slot] !== EMPTY && (lefts[slot] !== left || rights[slot] !== right)) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const { left, right, values } = this;
    this.size = 0;
    this.left = new Int32Array(values.length * 2);
    this.right = new Int32Array(values.length * 2);
    this.values = new Int32Array(values.length * 2).fill(EMPTY);
    for (let slot = 0; slot < values.length; slot++) {
      if (values[slot] !== EMPTY) this.set(left[slot] as number, right[slot] as number, values[slot] as number);
    }
  }
}
