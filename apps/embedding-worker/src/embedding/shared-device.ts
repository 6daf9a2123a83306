import { type Database, DeviceLeasesRepository, DeviceTableLock, type Logger, type Metrics } from '@cairn/common';
import { findDevice, type LeaseEvent, type SharedDevice } from '@cairn/models';
import type { WorkerConfig } from '../worker.config.js';
import { WORKER_NAME } from '../worker-name.js';

const EVENTS = ['acquire', 'release', 'lost'] as const;
const TOLD = { acquire: 'device acquired', release: 'device released', lost: 'device lost to another worker' };
const THIS_MACHINES = 'auto';

interface Parts {
  database: Database;
  metrics: Metrics;
  logger: Logger;
}

/** The device of MODEL_DEVICE, with its lease and everything that tells of it; undefined where workers share none. */
export async function sharedDeviceOf({ models, jobs }: WorkerConfig, { database, metrics, logger }: Parts): Promise<SharedDevice | undefined> {
  if (models.device === undefined) return undefined;
  const device = models.device === THIS_MACHINES ? await findDevice(models.provider) : models.device;
  return {
    lock: new DeviceTableLock(new DeviceLeasesRepository(database, jobs.leaseMs), { device, who: WORKER_NAME }),
    turnMs: models.turnSeconds * 1_000,
    onLease: tellerOf(metrics, logger),
    onWait: (holder) => logger.info({ device, holder }, 'waiting for a device'),
  };
}

function tellerOf(metrics: Metrics, logger: Logger): (event: LeaseEvent) => void {
  const events = metrics.counter({
    name: 'device_lease_events_total',
    help: 'Leases of the shared device that were taken and ended.',
    labels: { event: EVENTS },
  });
  const waited = metrics.histogram({
    name: 'device_wait_seconds',
    help: 'Time until the shared device was acquired.',
    buckets: [0.01, 0.05, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  });
  return (event) => {
    events.add(1, { event: event.event_type });
    if (event.waited_ms !== undefined) waited.observe(event.waited_ms / 1_000);
    logger.info({ ...event }, TOLD[event.event_type]);
  };
}
