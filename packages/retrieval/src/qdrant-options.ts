export interface QdrantTimeouts {
  /** One search hop; a hop that fails is tried once more. */
  searchMs: number;
  /** One batch of an upsert. Writes by id are tried again by the caller, never doubled. */
  upsertMs: number;
  /** One call of the reconciler: delete, list, count, marker. */
  maintenanceMs: number;
  /** Creating a collection goes through the cluster's consensus and takes half a second when all is well. */
  schemaMs: number;
}

export const DEFAULT_TIMEOUTS: QdrantTimeouts = { searchMs: 2_000, upsertMs: 20_000, maintenanceMs: 10_000, schemaMs: 30_000 };

/** One finished call, for the metrics of the process that made it. `outcome` comes from a closed set, so it can be a label. */
export interface QdrantCall {
  operation: string;
  outcome: 'ok' | 'unavailable' | 'refused' | 'cancelled';
  ms: number;
}

export interface QdrantOptions {
  url: string;
  /** Where Qdrant speaks gRPC, as `http://host:port`. Without it upserts go over REST at about a quarter of the rate. */
  grpcUrl?: string | undefined;
  apiKey?: string | undefined;
  /** First part of every collection name, so that systems and test suites sharing a server never meet. Letters, digits, `.` and `-` only. */
  namespace: string;
  timeouts?: Partial<QdrantTimeouts> | undefined;
  /** Keep-alive connections for REST. */
  connections?: number | undefined;
  observe?: ((call: QdrantCall) => void) | undefined;
}
