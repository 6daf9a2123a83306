import type { NatsConnection } from '@nats-io/transport-node';
import type { Database } from '../data/database.js';
import type { ProbeAction } from '../shell/probes/run-probe.js';

/** Asks Postgres something that costs nothing. */
export function probeOfDatabase(database: Database): ProbeAction {
  return () => database.single('SELECT 1');
}

/** A round trip to the broker, not just an open socket. */
export function probeOfNats(connection: NatsConnection): ProbeAction {
  return () => connection.flush();
}
