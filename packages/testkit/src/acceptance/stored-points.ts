import type { TestSystem } from '../system/test-system.js';

export interface StoredPoint {
  id: string;
  payload: Record<string, unknown>;
}

/** Looks into the Qdrant of a system, past our own code. */
export class StoredPoints {
  constructor(private readonly system: TestSystem) {}

  /** The collections of this system; others may share the server. */
  async collections(): Promise<string[]> {
    const { collections } = await this.ask<{ collections: { name: string }[] }>('GET', '/collections');
    return collections.map(({ name }) => name).filter((name) => name.startsWith(`${this.system.namespace}_`));
  }

  describe<T>(collection: string): Promise<T> {
    return this.ask<T>('GET', `/collections/${collection}`);
  }

  delete(collection: string): Promise<unknown> {
    return this.ask('DELETE', `/collections/${collection}`);
  }

  /** The collection as Cairn made it before points had their terms beside them: empty, with a dense vector only. */
  async replaceByOlder(collection: string): Promise<void> {
    await this.delete(collection);
    await this.ask('PUT', `/collections/${collection}`, { vectors: { size: 384, distance: 'Cosine' }, sharding_method: 'custom', shard_number: 1 });
    await this.ask('PUT', `/collections/${collection}/shards`, { shard_key: 'main' });
  }

  /** Every point with its payload, those of the reconciler's bookkeeping included. */
  async all(): Promise<StoredPoint[]> {
    const pages = (await this.collections()).map((name) =>
      this.ask<{ points: StoredPoint[] }>('POST', `/collections/${name}/points/scroll`, { limit: 10_000, with_payload: true }),
    );
    return (await Promise.all(pages)).flatMap((page) => page.points);
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { url, apiKey } = this.system.stack.qdrant;
    const headers = { 'api-key': apiKey, 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!answer.ok) throw new Error(`Qdrant: ${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { result: T }).result;
  }
}
