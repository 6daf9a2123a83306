import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JobId, OrgId } from '../../ids.js';
import type { JobState } from '../../jobs/job-types.js';

const PK = { primaryKeyConstraintName: 'job_events_pkey' };

/** One line of a job's history: numbered 1..n without a gap, because the number is taken under the job's row lock. */
@Entity('job_events')
@Index('job_events_feed_idx', ['orgId', 'feedXid', 'feedId'])
export class JobEvent {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'job_id', ...PK })
  jobId!: JobId;

  @PrimaryColumn('integer', { ...PK })
  seq!: number;

  /** Position in the organisation's feed: readers only look below the oldest running transaction, so no event appears behind them. */
  @Column('bigint', { name: 'feed_xid' })
  feedXid!: string;

  @Column('bigint', { name: 'feed_id', generated: 'identity', generatedIdentity: 'ALWAYS' } as never)
  feedId!: string;

  @Column('text')
  state!: JobState;

  @Column('text')
  stage!: string;

  @Column('integer')
  progress!: number;

  @Column('text', { nullable: true })
  message!: string | null;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;
}
