import type { Database, Statement } from '../data/database.js';
import { DependencyError } from '../errors/catalogue.js';
import type { OrgId, PointId } from '../ids.js';
import { type Runner, runOn } from '../jobs/accept-job.js';
import { spaceLockSql, storedIdSql } from '../jobs/job-sql.js';

/** A space that one dispatcher has taken for a while. */
export interface ClaimedSpace {
  name: string;
  dimension: number;
  marker: number;
  /** Qdrant does not hold all of it yet. */
  restoring: boolean;
  /** Until when; also shows whose claim it is. */
  claimedUntil: string;
}

/** A point that must be in Qdrant. */
export interface StandingPoint {
  orgId: OrgId;
  pointId: PointId;
  token: string;
  /** Of its vector and terms together. */
  bytes: number;
}

/** What is written back of it. */
export interface StandingVector {
  orgId: OrgId;
  pointId: PointId;
  token: string;
  assetId: string;
  segmentId: string;
  model: string;
  modelVer: string;
  indexId: string | null;
  vector: Buffer;
  terms: Buffer | null;
}

const STANDING: Statement = {
  name: 'standing_points',
  text: `SELECT org_id AS "orgId", point_id AS "pointId", live_token AS token, octet_length(vector) + coalesce(octet_length(terms), 0) AS bytes
    FROM vectors WHERE space = $1 AND live_token IS NOT NULL AND (org_id, point_id) > ($2::uuid, $3::uuid) ORDER BY org_id, point_id LIMIT $4`,
};

const STANDING_VECTORS: Statement = {
  name: 'standing_vectors',
  text: `SELECT v.org_id AS "orgId", v.point_id AS "pointId", v.live_token AS token, v.asset_id AS "assetId", v.segment_id AS "segmentId", v.model, v.model_ver AS "modelVer", v.index_id AS "indexId", v.vector, v.terms
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS p(org_id, point_id, token)
    JOIN vectors v ON v.org_id = p.org_id AND v.point_id = p.point_id AND v.live_token = p.token`,
};

// Wanted are live points, those of attempts that still run or ended a moment ago, and those that the collector deletes in time.
const WANTED: Statement = {
  name: 'wanted_points',
  text: `SELECT p.stored_id AS id FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[]) AS p(stored_id, org_id, point_id, token)
    WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.org_id = p.org_id AND v.point_id = p.point_id AND v.space = $1 AND v.live_token = p.token AND p.stored_id = ${storedIdSql('v.point_id', 'v.live_token')})
      OR EXISTS (SELECT 1 FROM jobs j WHERE j.org_id = p.org_id AND j.state = 'running' AND j.lease_token = p.token)
      OR EXISTS (SELECT 1 FROM garbage_points g WHERE g.org_id = p.org_id AND g.space = $1 AND g.stored_id = p.stored_id)`,
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const FIRST = '00000000-0000-0000-0000-000000000000';

export class ClaimLostError extends Error {
  constructor(space: string) {
    super(`another dispatcher has taken ${space}`);
  }
}

/** What the reconciler reads across organisations. */
export class ReconcileRepository {
  constructor(private readonly database: Database) {}

  async spaces(): Promise<string[]> {
    return (await this.database.single<{ name: string }>('SELECT name FROM spaces ORDER BY name')).map((row) => row.name);
  }

  /** Takes the space for a while, so that two dispatchers do not compare it at once; undefined while another has it. */
  async claim(name: string, forMs: number): Promise<ClaimedSpace | undefined> {
    const [row] = await this.database.single<Omit<ClaimedSpace, 'marker'> & { marker: string }>(
      `UPDATE spaces SET claimed_until = clock_timestamp() + make_interval(secs => $2::float8) WHERE name = $1 AND claimed_until < clock_timestamp()
        RETURNING name, dimension, marker, restoring, claimed_until::text AS "claimedUntil"`,
      [name, forMs / 1_000],
    );
    return row && { ...row, marker: Number(row.marker) };
  }

  /** Takes the space for a while longer; throws when another has taken it in the meantime. */
  async extend({ name, claimedUntil }: ClaimedSpace, forMs: number): Promise<string> {
    const [row] = await this.database.single<{ claimedUntil: string }>(
      `UPDATE spaces SET claimed_until = clock_timestamp() + make_interval(secs => $3::float8) WHERE name = $1 AND claimed_until = $2::timestamptz
        RETURNING claimed_until::text AS "claimedUntil"`,
      [name, claimedUntil, forMs / 1_000],
    );
    if (!row) throw new ClaimLostError(name);
    return row.claimedUntil;
  }

  async release({ name, claimedUntil }: ClaimedSpace): Promise<void> {
    await this.database.single(`UPDATE spaces SET claimed_until = '-infinity' WHERE name = $1 AND claimed_until = $2::timestamptz`, [name, claimedUntil]);
  }

  /** Which database this is: it changes when another one takes its place, also by a promotion. */
  async epoch(): Promise<string> {
    const [row] = await this.database.single<{ epoch: string }>(
      `SELECT s.system_identifier::text || '.' || c.timeline_id::text AS epoch FROM pg_control_system() s, pg_control_checkpoint() c`,
    );
    return (row as { epoch: string }).epoch;
  }

  /**
   * From now on searches of the space are refused, until the next marker says that it is whole. Resolves when every job has ended its transaction that
   * may have found the space as it was before the loss: what those made live is among the standing points now, and the later ones know of the loss.
   */
  async beginRestoring(space: string): Promise<void> {
    await this.database.single('UPDATE spaces SET restoring = true, losses = losses + 1 WHERE name = $1', [space]);
    await this.database.system(async (sql) => {
      await sql.rows(`SET LOCAL lock_timeout = '5s'`); // shorter than a claim; the next round tries again
      await sql.rows(`SELECT pg_advisory_xact_lock(${spaceLockSql('$1')})`, [space]);
    });
  }

  /** Says that the space is whole and has this marker; only who still has the space can know that. */
  async moveMarker({ name, claimedUntil }: ClaimedSpace, counter: number): Promise<void> {
    const rows = await this.database.single(
      'UPDATE spaces SET marker = $3, restoring = false WHERE name = $1 AND claimed_until = $2::timestamptz RETURNING marker',
      [name, claimedUntil, counter],
    );
    if (rows.length === 0) throw new ClaimLostError(name);
  }

  /** A page of live points of the space, in the order of their keys. */
  standing(space: string, after: StandingPoint | undefined, limit: number): Promise<StandingPoint[]> {
    return this.database.single<StandingPoint>(STANDING, [space, after?.orgId ?? FIRST, after?.pointId ?? FIRST, limit]);
  }

  /** Those of the points that are live still. */
  standingVectors(points: Pick<StandingPoint, 'orgId' | 'pointId' | 'token'>[]): Promise<StandingVector[]> {
    const values = [points.map(({ orgId }) => orgId), points.map(({ pointId }) => pointId), points.map(({ token }) => token)];
    return this.database.single<StandingVector>(STANDING_VECTORS, values);
  }

  /** Which of these stored points may stay. A point whose payload is not even well-formed is a stranger. */
  async wanted(space: string, points: { id: string; orgId: string; pointId: string; token: string }[]): Promise<Set<string>> {
    const known = points.filter((point) => [point.orgId, point.pointId, point.token].every((id) => UUID.test(id)));
    const rows = await this.database.single<{ id: string }>(WANTED, [
      space,
      known.map((point) => point.id),
      known.map((point) => point.orgId),
      known.map((point) => point.pointId),
      known.map((point) => point.token),
    ]);
    return new Set(rows.map((row) => row.id));
  }

  async readFact(name: string): Promise<string | undefined> {
    const [row] = await this.database.single<{ value: string }>('SELECT value FROM system_facts WHERE name = $1', [name]);
    return row?.value;
  }

  async storeFact(name: string, value: string): Promise<void> {
    await this.database.single('INSERT INTO system_facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value', [name, value]);
  }
}

/** Registers a vector space: from now on its absence in Qdrant is an outage, never a reason to take a new one for it. */
export async function registerSpace(database: Database, space: { name: string; dimension: number }): Promise<void> {
  await database.single('INSERT INTO spaces (name, dimension) VALUES ($1, $2) ON CONFLICT DO NOTHING', [space.name, space.dimension]);
}

export async function isRegistered(database: Database, space: string): Promise<boolean> {
  return (await database.single('SELECT 1 FROM spaces WHERE name = $1', [space])).length > 0;
}

const STATE: Statement = { name: 'space_state', text: 'SELECT restoring, losses::text FROM spaces WHERE name = $1' };

/** How often Qdrant lost the space. Whoever reads or writes it asks before and after: with a loss in between, what Qdrant said or took counts for nothing. */
export async function lossesOf(runner: Runner, space: string): Promise<string> {
  return (await stateOf(runner, space)).losses;
}

/** Throws while Qdrant, after it lost the space, does not hold all of it again: a search would answer with less than there is and not know it. */
export async function assertWhole(runner: Runner, space: string, lossesBefore?: string): Promise<string> {
  return wholeBy(await stateOf(runner, space), lossesBefore);
}

/** How a space is. */
export interface SpaceState {
  /** Qdrant does not hold all of it yet. */
  restoring: boolean;
  losses: string;
}

/** `assertWhole` of what is known. */
export function wholeBy({ restoring, losses }: SpaceState, lossesBefore = losses): string {
  if (restoring || losses !== lossesBefore)
    throw new DependencyError('qdrant', 'Qdrant lost its vectors and they are being written back. Try again in a moment.');
  return losses;
}

// A space that nobody has registered yet has lost nothing.
async function stateOf(runner: Runner, space: string): Promise<SpaceState> {
  const [state] = await runOn<SpaceState>(runner, STATE, [space]);
  return state ?? { restoring: false, losses: '0' };
}
