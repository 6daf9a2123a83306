import { randomUUID } from 'node:crypto';
import {
  type Access,
  acceptEmbedding,
  acceptEmbeddingBatch,
  acceptJob,
  activateVectors,
  type Bell,
  type ClaimedBell,
  type Database,
  type JobId,
  type JobType,
  jobKeyOf,
  type Lane,
  type Lease,
  LeaseRepository,
  type NewJob,
  type OrgId,
  OutboxRepository,
  type PointId,
  pointIdOf,
  readPendingVectors,
  SweepRepository,
  scopeOfLease,
  scopeOfPrincipal,
  type TenantScope,
  type TextInput,
  textHashOf,
} from '@cairn/common';
import { sharedStack } from '../system/shared-stack.js';
import { createTestDatabase, type TestDatabase } from '../system/test-database.js';

export interface Segment {
  assetId: string;
  segmentId: string;
  text: string;
  model?: string;
}

export interface JobRow {
  state: string;
  stage: string;
  progress: number;
  attempts: number;
  fence: string;
  event_seq: number;
  error_code: string | null;
  lease_token: string | null;
  result: Record<string, unknown> | null;
}

export interface VectorFacts {
  gen: string;
  live_gen: string;
  live_token: string | null;
  vector: Buffer | null;
  owner_job_id: string | null;
  deleted_at: Date | null;
}

const SPACE = 'test-space';
const LONG_LEASE_MS = 60_000;

export function newScope(orgId: string = randomUUID()): TenantScope {
  return scopeOfPrincipal({ orgId: orgId as OrgId, actor: 'user:1' });
}

/** The statements of the protocol on a database of their own, without services: what an api, a worker and a dispatcher would run. */
export class ProtocolBench {
  readonly outbox: OutboxRepository;
  readonly sweeps: SweepRepository;

  private constructor(
    readonly database: TestDatabase,
    readonly app: Database,
    readonly worker: Database,
    readonly dispatch: Database,
  ) {
    this.outbox = new OutboxRepository(dispatch);
    this.sweeps = new SweepRepository(dispatch);
  }

  static async open(): Promise<ProtocolBench> {
    const database = await createTestDatabase(sharedStack().postgres);
    return new ProtocolBench(database, await database.as('app'), await database.as('worker'), await database.as('dispatch'));
  }

  close(): Promise<void> {
    return this.database.close();
  }

  leases(worker = 'worker-1', leaseMs = LONG_LEASE_MS): LeaseRepository {
    return new LeaseRepository(this.worker, { leaseMs, worker });
  }

  acceptMock(scope: TenantScope, options: { payload?: Record<string, string>; maxAttempts?: number } = {}): Promise<JobId> {
    const payload = { type: 'mock_process', run: randomUUID(), ...options.payload };
    return acceptJob(this.app, scope, this.newJob('mock_process', jobKeyOf(scope.orgId, 'mock_process', payload), options.maxAttempts));
  }

  acceptEmbed(scope: TenantScope, segment: Segment, maxAttempts?: number): Promise<JobId> {
    return acceptEmbedding(this.app, scope, this.newJob('embed_text', this.keyOf(scope, [segment]), maxAttempts), inputOf(segment));
  }

  acceptBatch(scope: TenantScope, segments: Segment[]): Promise<JobId> {
    const job = this.newJob('embed_batch', this.keyOf(scope, segments));
    return this.app.tenant(scope, (sql) => acceptEmbeddingBatch(sql, scope, job, segments.map(inputOf)));
  }

  async lease(scope: TenantScope, jobId: JobId, leases = this.leases()): Promise<Lease> {
    const [lease] = await leases.take([bellOf(scope, jobId)]);
    if (!lease) throw new Error(`the job ${jobId} could not be leased: ${JSON.stringify(await this.job(jobId))}`);
    return lease;
  }

  /** What a worker does at the end: makes the vectors visible and ends the job, in one transaction. */
  async finish(lease: Lease, fill = 1): Promise<Set<PointId>> {
    const scope = scopeOfLease(lease);
    return this.worker.tenant(scope, async (sql) => {
      const pending = await readPendingVectors(sql, scope, lease.jobId);
      const made = pending.map(({ pointId, gen }) => ({ pointId, gen, vector: Float32Array.from([fill, 2, 3]) }));
      const live = await activateVectors(sql, scope, lease, SPACE, made);
      await this.leases().succeed(lease, { live: live.size }, sql);
      return live;
    });
  }

  /** Rings what is due, as the dispatcher does when the broker takes everything. */
  ring(lane: Lane, batch = 500, perTenantCap = 100): Promise<ClaimedBell[]> {
    return this.outbox.withClaimed({ lane, batch, perTenantCap }, async (bells, sql) => {
      await this.outbox.markRung(sql, bells);
      return bells;
    });
  }

  async job(jobId: string): Promise<JobRow> {
    const [row] = await this.database.sql<JobRow>(
      'SELECT state, stage, progress, attempts, fence, event_seq, error_code, lease_token, result FROM jobs WHERE id = $1',
      [jobId],
    );
    if (!row) throw new Error(`there is no job ${jobId}`);
    return row;
  }

  async vector(scope: TenantScope, segment: Omit<Segment, 'text'>): Promise<VectorFacts> {
    const [row] = await this.database.sql<VectorFacts>(
      'SELECT gen, live_gen, live_token, vector, owner_job_id, deleted_at FROM vectors WHERE org_id = $1 AND point_id = $2',
      [scope.orgId, pointOf(scope, segment)],
    );
    if (!row) throw new Error('there is no such vector row');
    return row;
  }

  async count(table: string, scope: TenantScope): Promise<number> {
    const [row] = await this.database.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${table} WHERE org_id = $1`, [scope.orgId]);
    return row?.count ?? 0;
  }

  /** Lets the lease of a job run out without waiting for it. */
  async expireLease(jobId: JobId): Promise<void> {
    await this.database.sql(`UPDATE jobs SET lease_until = clock_timestamp() - interval '1 second' WHERE id = $1`, [jobId]);
  }

  /** The holder is given up, and the job is free for the next one. */
  async takeAway(jobId: JobId): Promise<void> {
    await this.expireLease(jobId);
    await this.sweeps.sweep({ reRingAfterMs: 60_000 });
  }

  private newJob(type: JobType, jobKey: string, maxAttempts = 3): NewJob {
    return { type, jobKey, payload: {}, maxAttempts };
  }

  private keyOf(scope: TenantScope, segments: Segment[]): string {
    const parts = segments.map(({ assetId, segmentId, text, model }) => ({ assetId, segmentId, hash: textHashOf(text), model: model ?? 'm' }));
    return jobKeyOf(scope.orgId, segments.length === 1 ? 'embed' : 'batch', { parts });
  }
}

export function bellOf(scope: TenantScope, jobId: JobId): Bell {
  return { orgId: scope.orgId, jobId };
}

/** Who reads all of the organisation, as a key that belongs to nobody does. */
export function wholeOrganisation(scope: TenantScope): Access {
  return { scope, userId: null };
}

export function pointOf(scope: TenantScope, { assetId, segmentId, model = 'm' }: Omit<Segment, 'text'>): PointId {
  return pointIdOf({ orgId: scope.orgId, assetId, segmentId, model, modelVer: 'v1' });
}

function inputOf({ model = 'm', ...segment }: Segment): TextInput {
  return { ...segment, model, modelVer: 'v1', space: SPACE };
}
