import { QdrantGateway, SpaceMaintenance } from '@cairn/retrieval';
import type { TestSystem } from '../system/test-system.js';

/** Qdrant as the system under test sees it, for looking at it from outside and for damaging it. */
export function qdrantOf(system: TestSystem): { spaces: SpaceMaintenance; gateway: QdrantGateway; close(): Promise<void> } {
  const options = { url: system.stack.qdrant.url, apiKey: system.stack.qdrant.apiKey, namespace: system.namespace };
  const [spaces, gateway] = [new SpaceMaintenance(options), new QdrantGateway(options)];
  const close = async () => {
    await spaces.close();
    await gateway.close();
  };
  return { spaces, gateway, close };
}
