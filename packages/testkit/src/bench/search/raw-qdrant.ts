import { Pool } from 'undici';

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

  async nearest(orgId: string, vector: Float32Array, limit: number): Promise<{ id: string; score: number; payload: Record<string, string> }[]> {
    const query = nearestQuery(orgId, vector, limit);
    const { body } = await this.pool.request({
      method: 'POST',
      path: `/collections/${this.collection}/points/query`,
      headers: this.headers,
      body: JSON.stringify(query),
    });
    const { result } = (await body.json()) as { result: { points: { id: string; score: number; payload: Record<string, string> }[] } };
    return result.points;
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

export function nearestQuery(orgId: string, vector: Float32Array, limit: number) {
  return { query: Array.from(vector), filter: { must: [{ key: 'org_id', match: { value: orgId } }] }, limit, with_payload: true, shard_key: 'main' };
}
