import type { StoredPointId, TenantScope } from '@cairn/common/contracts';
import type { QdrantGateway } from './qdrant-gateway.js';

const PAGE = 1_000;

interface Named {
  id: StoredPointId;
  pointId: string;
}

/** What Postgres says of an index. */
export interface IndexTruth {
  /** A page of its live points, in the order of their point ids. */
  live(after: string | undefined, limit: number): Promise<Named[]>;
  /** Which of these are there without a reason. */
  strangers(points: (Named & { token: string })[]): Promise<StoredPointId[]>;
}

/** A part of a comparison: how many points were looked at, and which of them are not as they should be. */
export interface Compared {
  expected: number;
  found: number;
  missing: Named[];
  strangers: StoredPointId[];
}

/** Compares an index in Qdrant with what Postgres says, both ways, a page at a time: nothing is kept, however large it is. */
export async function* compareIndex(
  gateway: QdrantGateway,
  scope: TenantScope,
  { space, indexId }: { space: string; indexId: string },
  truth: IndexTruth,
): AsyncGenerator<Compared> {
  for (let page = await truth.live(undefined, PAGE); page.length > 0; page = await truth.live(page.at(-1)?.pointId, PAGE)) {
    const there = await gateway.retrieveIds(
      scope,
      space,
      page.map(({ id }) => id),
    );
    yield { expected: page.length, found: 0, missing: page.filter(({ id }) => !there.has(id)), strangers: [] };
  }
  let offset: string | undefined;
  do {
    const { points, next } = await gateway.scroll(scope, space, { limit: PAGE, offset, conditions: { index_id: indexId } });
    const found = points.map(({ id, payload }) => ({ id: id as StoredPointId, pointId: payload.point_id, token: payload.token }));
    yield { expected: 0, found: found.length, missing: [], strangers: await truth.strangers(found) };
    offset = next;
  } while (offset !== undefined);
}
