import type { Access, ServingIndex } from '@cairn/common';

const REMEMBERED = 5_000;
/** What names or reads more than these is not remembered. */
const MOST_COLLECTIONS = 64;

/** What served when the same caller asked the same collections last. A search begins with it; its snapshot says whether it is still so. */
export class LastServing {
  private readonly known = new Map<string, readonly ServingIndex[]>();

  of(access: Access, collections: readonly string[] | undefined): readonly ServingIndex[] | undefined {
    return this.known.get(nameOf(access, collections));
  }

  remember(access: Access, collections: readonly string[] | undefined, indexes: readonly ServingIndex[]): void {
    const name = nameOf(access, collections);
    this.known.delete(name);
    if (Math.max(indexes.length, collections?.length ?? 0) > MOST_COLLECTIONS) return;
    if (this.known.size >= REMEMBERED) this.known.delete(this.known.keys().next().value as string);
    this.known.set(name, indexes);
  }
}

const nameOf = ({ scope, userId, collections: reached }: Access, collections: readonly string[] | undefined): string =>
  JSON.stringify([scope.orgId, userId, reached, collections]);
