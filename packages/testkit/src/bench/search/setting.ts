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
  /** Questions for each service in a round, about single vectors and about collections. */
  queries: number;
  collectionQueries: number;
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

/** A search of a collection costs more than one of a single vector, and two cores are to answer all without a queue. */
export const PER_SECOND = { vectors: 50, collections: 25 };
