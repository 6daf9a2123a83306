import {
  type Access,
  type AttemptView,
  absent,
  acceptJob,
  type CursorSeal,
  cancelJob,
  type Database,
  type FeedCursors,
  faultPoint,
  feedHead,
  type Hints,
  type JobEventView,
  type JobId,
  type JobListPosition,
  type JobView,
  jobKeyOf,
  listJobs,
  readAttempts,
  readJob,
  readJobEvents,
  retryJob,
  type TenantScope,
} from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { CreateJobDto, ListJobsDto } from './jobs.dto.js';

const PAGE = 50;

export interface JobPage {
  jobs: JobView[];
  next_cursor: string | null;
  /** Where the feed of events stood when the list was read. */
  feedCursor: string;
}

export class JobsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly cursors: CursorSeal,
    private readonly feedCursors: FeedCursors,
    private readonly options: { maxAttempts: number },
  ) {}

  async create(request: WriteRequest, dto: CreateJobDto): Promise<{ job_id: JobId }> {
    const payload: Record<string, string> = dto.fail_at_stage ? { type: dto.type, fail_at_stage: dto.fail_at_stage } : { type: dto.type };
    const job = {
      type: dto.type,
      jobKey: jobKeyOf(request.scope.orgId, dto.type, payload),
      payload,
      maxAttempts: this.options.maxAttempts,
      correlationId: request.correlationId,
      traceparent: request.traceparent,
    };
    faultPoint('A2');
    const answer = await this.writes.run(request, 200, async (sql) => ({ job_id: await acceptJob(this.database, request.scope, job, sql) }));
    faultPoint('A3');
    this.accepted(request.scope);
    return answer;
  }

  /** The job with its events and attempts, in one snapshot. */
  read(access: Access, id: JobId): Promise<JobView & { events: JobEventView[]; attempts: AttemptView[] }> {
    const { scope } = access;
    return this.database.tenantSnapshot(scope, async (sql) => {
      const job = await readJob(sql, access, id);
      if (!job) throw absent('job');
      return { ...job, events: await readJobEvents(sql, scope, id, 0), attempts: await readAttempts(sql, scope, id) };
    });
  }

  list(access: Access, query: ListJobsDto): Promise<JobPage> {
    const { scope } = access;
    const boundTo = [scope.orgId, query.status ?? '', query.type ?? '', query.error_code ?? ''];
    const after = query.cursor === undefined ? undefined : this.cursors.open<JobListPosition>(query.cursor, boundTo);
    return this.database.tenantSnapshot(scope, async (sql) => {
      const feedCursor = this.feedCursors.format(scope, await feedHead(sql));
      const page = await listJobs(sql, access, { status: query.status, type: query.type, errorCode: query.error_code, after, limit: query.limit ?? PAGE });
      return { jobs: page.jobs, next_cursor: page.next ? this.cursors.seal(page.next, boundTo) : null, feedCursor };
    });
  }

  async cancel(request: WriteRequest, id: JobId): Promise<{ job_id: JobId; status: 'canceled' }> {
    const answer = await this.writes.transaction(request, 200, async (sql) => {
      await cancelJob(sql, request.access, id);
      return { job_id: id, status: 'canceled' as const };
    });
    this.hints.announceCancel(id);
    this.hints.announceEvents(request.scope.orgId);
    return answer;
  }

  async retry(request: WriteRequest, id: JobId): Promise<{ job_id: JobId }> {
    const answer = await this.writes.transaction(request, 202, async (sql) => {
      await retryJob(sql, request.access, id);
      return { job_id: id };
    });
    this.accepted(request.scope);
    return answer;
  }

  private accepted(scope: TenantScope): void {
    this.hints.announceJobs(scope.orgId);
  }
}
