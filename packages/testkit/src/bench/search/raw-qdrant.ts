import type { SparseVector } from '@cairn/common';
import { TERMS_VECTOR } from '@cairn/retrieval';
import { Pool } from 'undici';

/** Of whom, and of which collection of theirs, the points are. */
export interface Whose {
  orgId: string;
  indexId?: string | undefined;
}

export interface RawHit {
  id: string;
  score: number;
  payload: Record<string, string>;
}

/** How deep each of two rankings is made that Qdrant joins. */
const DEPTH = 50;

/** Qdrant asked as directly as can be: one kept-alive HTTP client, one filter, no gzip. */
export class RawQdrant {
  private readonly pool: Pool;
  private readonly headers: Record<string, string>;

  constructor(
    options: { url: string; apiKey: string },
    private readonly collection: string,
  ) {
    this.pool = new Pool(options.url, { connections: 16 });
    this.headers = { 'content-type': 'application/json', 'accept-encoding': 'identity', 'api-key': options.apiKey };
  }

  nearest(whose: Whose, vector: Float32Array, limit: number): Promise<RawHit[]> {
    return this.query(nearestQuery(whose, vector, limit));
  }

  /** By meaning and by words, joined by reciprocal ranks in the same call. */
  fused(whose: Whose, { vector, terms }: { vector: Float32Array; terms: SparseVector }, limit: number): Promise<RawHit[]> {
    return this.query(fusedQuery(whose, { vector, terms }, limit));
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async query(query: object): Promise<RawHit[]> {
    const path = `/collections/${this.collection}/points/query`;
    const { statusCode, body } = await this.pool.request({ method: 'POST', path, headers: this.headers, body: JSON.stringify(query) });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`Qdrant answered ${statusCode}: ${text.slice(0, 300)}`);
    return (JSON.parse(text) as { result: { points: RawHit[] } }).result.points;
  }
}

export function nearestQuery(whose: Whose, vector: Float32Array, limit: number) {
  return { query: Array.from(vector), filter: filterOf(whose), limit, with_payload: true, shard_key: 'main' };
}

function fusedQuery(whose: Whose, { vector, terms }: { vector: Float32Array; terms: SparseVector }, limit: number) {
  const filter = filterOf(whose);
  const byWords = { indices: Array.from(terms.indices), values: Array.from(terms.values) };
  return {
    prefetch: [
      { query: Array.from(vector), filter, limit: DEPTH },
      { query: byWords, using: TERMS_VECTOR, filter, limit: DEPTH },
    ],
    query: { fusion: 'rrf' },
    limit,
    with_payload: true,
    shard_key: 'main',
  };
}

function filterOf({ orgId, indexId }: Whose) {
  const index = indexId === undefined ? [] : [{ key: 'index_id', match: { value: indexId } }];
  return { must: [{ key: 'org_id', match: { value: orgId } }, ...index] };
}
