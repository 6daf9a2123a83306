import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JobId, OrgId } from '../../ids.js';
import type { JobType, Lane } from '../../jobs/job-types.js';

const PK = { primaryKeyConstraintName: 'outbox_pkey' };

/** A bell to be rung for a queued job: written with the job, deleted when a worker leases it. */
@Entity('outbox')
@Index('outbox_due_idx', { synchronize: false })
@Index('outbox_unanswered_idx', { synchronize: false })
@Index('outbox_parked_idx', { synchronize: false })
export class OutboxRow {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'job_id', ...PK })
  jobId!: JobId;

  /** With `rings` the message id. */
  @Column('uuid')
  id!: string;

  @Column('text', { name: 'job_type' })
  jobType!: JobType;

  @Column('text')
  lane!: Lane;

  @Column('text', { nullable: true })
  traceparent!: string | null;

  @Column('text', { name: 'correlation_id', nullable: true })
  correlationId!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'due_at', default: () => 'clock_timestamp()' })
  dueAt!: Date;

  @Column('timestamptz', { name: 'published_at', nullable: true })
  publishedAt!: Date | null;

  /** How often the bell was rung and nobody came; part of the message id, so that the broker does not take a new ring for a repeat. */
  @Column('integer', { default: 0 })
  rings!: number;

  /** How often the broker refused the message. */
  @Column('integer', { default: 0 })
  refusals!: number;

  @Column('timestamptz', { name: 'parked_at', nullable: true })
  parkedAt!: Date | null;

  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;
}
