import { TestSystem } from '../../system/test-system.js';
import { AS_IN_PRODUCTION } from '../core/as-in-production.js';
import { settled } from '../corpus/settled.js';
import { SingleVectors, SPACE, seedVectors } from '../corpus/single-vectors.js';
import { mixedTenants, type Tenant } from '../corpus/tenants.js';
import { ServiceClient } from '../search/searchers.js';
import { ScaledQdrant, type Setting } from './setting.js';

/** The whole system with the vectors of many organisations, to be searched while it works. */
export class BusySystem {
  private constructor(
    readonly system: TestSystem,
    readonly qdrant: ScaledQdrant,
    readonly tenants: Tenant[],
    readonly service: ServiceClient,
  ) {}

  static async start({ context, size }: Setting): Promise<BusySystem> {
    const system = await TestSystem.start({ stack: context.stack, env: AS_IN_PRODUCTION });
    const qdrant = new ScaledQdrant(context.stack, system.namespace);
    const tenants = mixedTenants(size.busyPoints);
    await seedVectors({ gateway: qdrant.gateway, database: system.database, log: context.log }, tenants, new SingleVectors(91));
    await settled(qdrant.spaces, SPACE);
    return new BusySystem(system, qdrant, tenants, new ServiceClient(system.service('search').url));
  }

  /** Who floods: the largest. */
  get noisy(): Tenant {
    return this.tenants[0] as Tenant;
  }

  /** The smallest ones. */
  get quiet(): Tenant[] {
    const least = Math.min(...this.tenants.map(({ points }) => points));
    return this.tenants.filter(({ points }) => points === least);
  }

  async stop(): Promise<void> {
    await Promise.all([this.qdrant.close(), this.service.close()]);
    await this.system.stop();
  }
}
