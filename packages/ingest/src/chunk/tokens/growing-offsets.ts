const FIRST_ROOM = 1_024;

/** A list of offsets that grows: 4 bytes for each, where an array of numbers takes 8 and more. */
export class GrowingOffsets {
  length = 0;
  private room = new Uint32Array(FIRST_ROOM);

  push(offset: number): void {
    if (this.length === this.room.length) this.grow();
    this.room[this.length++] = offset;
  }

  at(index: number): number {
    return this.room[index] as number;
  }

  get last(): number {
    return this.length === 0 ? 0 : this.at(this.length - 1);
  }

  /** How many offsets are below `offset`, which is the index of the first that is not. */
  below(offset: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at(middle) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private grow(): void {
    const larger = new Uint32Array(this.room.length * 2);
    larger.set(this.room);
    this.room = larger;
  }
}
