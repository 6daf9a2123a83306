import type { ProbeConfig } from '../../config/probe.config.js';
import { CachedProbe } from './cached-probe.js';
import { type DependencyState, DISABLED, type ProbeAction, runProbe } from './run-probe.js';

/** Every dependency the seeds and we name; redis and gcs are always there as disabled. */
export const DEPENDENCIES = ['pg', 'redis', 'qdrant', 'gcs', 'nats', 'model'] as const;
export type DependencyName = (typeof DEPENDENCIES)[number];

/** The probes of a service: those it leaves out are shown as disabled. */
export type ProbeActions = Partial<Record<DependencyName, ProbeAction>>;

function isEnabled(name: DependencyName, config: ProbeConfig): boolean {
  const switches: Partial<Record<DependencyName, boolean>> = {
    pg: config.enablePg,
    qdrant: config.enableQdrant,
    nats: config.enableNats,
    model: config.enableModel,
  };
  return switches[name] ?? false;
}

/** What a service depends on, and how it is doing. */
export class ProbeBoard {
  private readonly probes = new Map<DependencyName, CachedProbe>();

  constructor(actions: ProbeActions, config: ProbeConfig) {
    const times = { okMs: config.cacheSec * 1_000, failureMs: config.failureCacheSeconds * 1_000 };
    for (const name of DEPENDENCIES) {
      const action = actions[name];
      if (action && isEnabled(name, config)) this.probes.set(name, new CachedProbe(() => runProbe(action, config), times));
    }
  }

  /** The state of every dependency; probes that are due run side by side. */
  async states(): Promise<Record<DependencyName, DependencyState>> {
    const entries = await Promise.all(DEPENDENCIES.map(async (name) => [name, (await this.probes.get(name)?.state()) ?? DISABLED] as const));
    return Object.fromEntries(entries) as Record<DependencyName, DependencyState>;
  }
}
