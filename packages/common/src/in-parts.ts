export interface PartLimits<Item> {
  /** Items of a part at most. */
  items?: number;
  /** What the sizes of its items may add up to. One that is larger is a part of its own. */
  size: number;
  sizeOf: (item: Item) => number;
}

/** All items in order, in parts that are small enough to be sent or held at once; none is empty. */
export function inParts<Item>(all: readonly Item[], { items = Number.POSITIVE_INFINITY, size, sizeOf }: PartLimits<Item>): Item[][] {
  const parts: Item[][] = [];
  let taken = 0;
  for (const item of all) {
    const own = sizeOf(item);
    const last = parts.at(-1);
    taken += own;
    if (last !== undefined && last.length < items && taken <= size) last.push(item);
    else {
      parts.push([item]);
      taken = own;
    }
  }
  return parts;
}
