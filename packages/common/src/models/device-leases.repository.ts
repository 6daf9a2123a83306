import type { Database, Sql, Statement } from '../data/database.js';
import { DeviceLostError } from './device-lock.js';

/** A device that is ours until its time has run out and another has taken it. Made by `DeviceLeasesRepository` only. */
export interface DeviceLease {
  device: string;
  fence: string;
  token: string;
}

const LEASE_MS = 30_000;
/** A waiter that has not asked for so long waits no more. */
const WANTED_MS = 3_000;

// A taker may have waited here for another's statement: the time is asked for anew in what the conflict does.
const TAKE: Statement = {
  name: 'take_device_lease',
  text: `INSERT INTO device_leases AS d (device, holder, fence, token, lease_until)
    VALUES ($1, $2, 1, gen_random_uuid(), clock_timestamp() + make_interval(secs => $3::float8))
    ON CONFLICT (device) DO UPDATE SET holder = excluded.holder, fence = d.fence + 1, token = excluded.token,
      lease_until = clock_timestamp() + make_interval(secs => $3::float8), wanted_until = '-infinity'
    WHERE d.lease_until < clock_timestamp() RETURNING device, fence::text, token`,
};

// Also past its time: as long as the token is the same, nobody has had the device since.
const RENEW: Statement = {
  name: 'renew_device_lease',
  text: `UPDATE device_leases SET lease_until = clock_timestamp() + make_interval(secs => $3::float8) WHERE device = $1 AND token = $2::uuid
    RETURNING wanted_until > clock_timestamp() AS wanted`,
};

// Nothing while the device is free: then it can be taken.
const WANT: Statement = {
  name: 'want_device_lease',
  text: `UPDATE device_leases SET wanted_until = clock_timestamp() + make_interval(secs => ${WANTED_MS / 1_000}) WHERE device = $1 AND lease_until >= clock_timestamp() RETURNING holder`,
};

// With a new token, so that a renewal which comes late does not take the device again.
const RELEASE: Statement = {
  name: 'release_device_lease',
  text: `UPDATE device_leases SET token = gen_random_uuid(), lease_until = '-infinity' WHERE device = $1 AND token = $2::uuid RETURNING 1`,
};

// Locked until the end of the transaction: nobody can take the device between this answer and the commit.
const HELD: Statement = { name: 'held_device_lease', text: 'SELECT 1 FROM device_leases WHERE device = $1 AND token = $2::uuid FOR NO KEY UPDATE' };

/** Leases of devices across machines, by the database's clock. */
export class DeviceLeasesRepository {
  constructor(
    private readonly database: Database,
    readonly leaseMs = LEASE_MS,
  ) {}

  /** Undefined while another holds the device. `holder` says for people who we are. */
  async take(device: string, holder: string): Promise<DeviceLease | undefined> {
    const [lease] = await this.database.single<DeviceLease>(TAKE, [device, holder, this.leaseMs / 1_000]);
    return lease;
  }

  /** Whether somebody waits for the device; undefined when another has taken it. */
  async renew({ device, token }: DeviceLease): Promise<{ wanted: boolean } | undefined> {
    const [renewed] = await this.database.single<{ wanted: boolean }>(RENEW, [device, token, this.leaseMs / 1_000]);
    return renewed;
  }

  /** Tells the holder, at its next renewal, that somebody waits for the device. Says who that is; undefined when the device is free. */
  async want(device: string): Promise<string | undefined> {
    const [row] = await this.database.single<{ holder: string }>(WANT, [device]);
    return row?.holder;
  }

  /** False when another has taken the device, which then keeps it. */
  async release({ device, token }: DeviceLease): Promise<boolean> {
    return (await this.database.single(RELEASE, [device, token])).length > 0;
  }

  /** To be called in the transaction that publishes what was computed; throws a DeviceLostError when another has taken the device. */
  async assertHeld(sql: Sql, { device, token }: DeviceLease): Promise<void> {
    if ((await sql.rows(HELD, [device, token])).length === 0) throw new DeviceLostError(device, 'another has taken its lease');
  }
}
