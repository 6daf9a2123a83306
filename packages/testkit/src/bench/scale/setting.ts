import { randomBytes } from 'node:crypto';
import { QdrantGateway, type QdrantOptions, SpaceMaintenance } from '@cairn/retrieval';
import type { StackFacts } from '@cairn/stack';
import type { BenchContext } from '../core/bench.js';

export interface Size {
  rounds: number;
  /** Organisations of 1,000 points each, before and after they became more. */
  tenants: number;
  grownTenants: number;
  /** Queries in each round of what is asked one after the other. */
  queries: number;
  /** Of 1,000 points each. */
  collections: number;
  /** Of 50 organisations, in which hits are compared with those of an exact search. */
  recallPoints: number;
  recallQueries: number;
  /** Of 50 organisations, in a system that is searched while it works. */
  busyPoints: number;
  /** Searches in each round of it. */
  busyQueries: number;
}

export interface Setting {
  context: BenchContext;
  size: Size;
}

export const LIMIT = 10;
/** Of an organisation, or of a collection, that grows in number only. */
export const POINTS = 1_000;

/** A Qdrant with a namespace of its own, as those see it who write and search, and as those who look after it. */
export class ScaledQdrant {
  readonly gateway: QdrantGateway;
  readonly spaces: SpaceMaintenance;

  constructor({ qdrant }: Pick<StackFacts, 'qdrant'>, namespace = `b${randomBytes(4).toString('hex')}`) {
    const options: QdrantOptions = { url: qdrant.url, grpcUrl: `http://127.0.0.1:${qdrant.grpcPort}`, apiKey: qdrant.apiKey, namespace };
    this.gateway = new QdrantGateway(options);
    this.spaces = new SpaceMaintenance(options);
  }

  async close(): Promise<void> {
    await Promise.all([this.gateway.close(), this.spaces.close()]);
  }
}
