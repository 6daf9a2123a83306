import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { type OrgId, pointIdOf, scopeOfPrincipal, storedPointIdOf, type TenantScope } from '@cairn/common/contracts';
import type { PointToWrite } from '../src/point.js';
import type { QdrantOptions } from '../src/qdrant-options.js';

interface Address {
  url: string;
  grpcUrl?: string;
  grpcPort?: number;
  apiKey?: string;
}

/** The real Qdrant of this test run, with a namespace that no other suite has. Without a gRPC address (a Qdrant from elsewhere) all calls go over REST. */
export function qdrantUnderTest(): QdrantOptions {
  const { url, apiKey, grpcUrl, grpcPort } = addressOfStack();
  const grpc = grpcUrl ?? (grpcPort ? `grpc://127.0.0.1:${grpcPort}` : process.env.QDRANT_GRPC_URL);
  return { url, grpcUrl: grpc, apiKey, namespace: `test-${randomUUID().slice(0, 8)}` };
}

function addressOfStack(): Address {
  const { STACK_JSON, QDRANT_URL, QDRANT_API_KEY } = process.env;
  if (STACK_JSON) return (JSON.parse(fs.readFileSync(STACK_JSON, 'utf8')) as { qdrant: Address }).qdrant;
  if (!QDRANT_URL) throw new Error('Integration tests need a Qdrant: run `npm test`, or set STACK_JSON or QDRANT_URL');
  return { url: QDRANT_URL, ...(QDRANT_API_KEY ? { apiKey: QDRANT_API_KEY } : {}) };
}

export function someScope(): TenantScope {
  return scopeOfPrincipal({ orgId: randomUUID() as OrgId, actor: 'user:1' });
}

/** A unit vector that depends on the seed only. */
export function vectorOf(seed: number, dimension = 16): Float32Array {
  const raw = Float64Array.from({ length: dimension }, (_, at) => Math.sin(seed * 12.9898 + at * 78.233));
  const length = Math.hypot(...raw);
  return Float32Array.from(raw, (value) => value / length);
}

export interface PointSeed {
  scope: TenantScope;
  asset: string;
  segment?: string;
  token?: string;
  vector: Float32Array;
}

export function pointOf({ scope, asset, segment = 's', token = 'token-1', vector }: PointSeed): PointToWrite {
  const pointId = pointIdOf({ orgId: scope.orgId, assetId: asset, segmentId: segment, model: 'mock', modelVer: 'v1' });
  const payload = { point_id: pointId, asset_id: asset, segment_id: segment, model: 'mock', model_ver: 'v1', token };
  return { id: storedPointIdOf(pointId, token), vector, payload };
}

/** Resolves when the condition holds; fails loudly when it does not within the time. */
export async function until(holds: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`The condition did not hold within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
