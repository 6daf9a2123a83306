import type { QdrantGateway, QdrantOptions } from '@cairn/retrieval';
import type { TestSystem } from '../../system/test-system.js';
import type { BenchContext } from '../core/bench.js';
import type { CollectionTenant } from '../corpus/collections.js';
import type { Tenant } from '../corpus/tenants.js';
import type { ServiceClient } from './searchers.js';

export interface Size {
  rounds: number;
  /** Of single vectors, and as many of documents. */
  points: number;
  /** Questions for each service in a round. */
  queries: number;
  /** Queries for each client in a round. */
  clientQueries: number;
  /** Lists of texts to order in a round. */
  reranked: number;
}

export interface Setting {
  context: BenchContext;
  system: TestSystem;
  size: Size;
  options: QdrantOptions & { apiKey: string };
  gateway: QdrantGateway;
  /** Of single vectors. */
  tenants: Tenant[];
  /** Of documents. */
  collections: CollectionTenant[];
  service: ServiceClient;
  reference: ServiceClient;
}

export const PER_SECOND = 50;
