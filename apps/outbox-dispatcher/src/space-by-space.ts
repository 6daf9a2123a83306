import { groupBy } from './group-by.js';

interface InSpace {
  space: string;
}

export interface Upkeep<Item extends InSpace> {
  /** What is to be done next, without what is in these spaces. */
  due: (exceptSpaces: string[]) => Promise<Item[]>;
  /** Has to do away with the items, or throw. */
  work: (space: string, items: Item[]) => Promise<void>;
  onFailure: (space: string, error: Error) => void;
}

/** Works until nothing is due. A space in which it fails is left for the next time: the items of the others have nothing to do with it. */
export async function spaceBySpace<Item extends InSpace>(signal: AbortSignal, { due, work, onFailure }: Upkeep<Item>): Promise<void> {
  const failed: string[] = [];
  while (!signal.aborted) {
    const items = await due(failed);
    if (items.length === 0) return;
    for (const [space, own] of groupBy(items, (item) => item.space)) {
      await work(space, own).catch((error: Error) => {
        onFailure(space, error);
        failed.push(space);
      });
    }
  }
}
