import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JobId, OrgId } from '../../ids.js';
import type { JobState, JobType, Lane } from '../../jobs/job-types.js';

const PK = { primaryKeyConstraintName: 'jobs_pkey' };

/** One unit of work and who holds it. The row is the truth; messages about it are only bells. */
@Entity('jobs')
@Index('jobs_live_key_idx', { synchronize: false })
@Index('jobs_unfinished_idx', { synchronize: false })
@Index('jobs_operation_idx', { synchronize: false })
@Index('jobs_document_idx', { synchronize: false })
@Index('jobs_collection_idx', ['orgId', 'collectionId', 'id'])
export class Job {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { ...PK })
  id!: JobId;

  @Column('text')
  type!: JobType;

  @Column('text')
  lane!: Lane;

  /** Hash of organisation, operation and payload: equal keys ask for the same work. */
  @Column('text', { name: 'job_key' })
  jobKey!: string;

  /** True where a second live job with the same key is refused (`POST /jobs`). */
  @Column('boolean', { name: 'dedupe_live', default: false })
  dedupeLive!: boolean;

  /** Ids and settings only; texts and images lie in `job_inputs` and leave with the job's end. */
  @Column('jsonb')
  payload!: Record<string, unknown>;

  @Column('text', { default: 'queued' })
  state!: JobState;

  @Column('text', { default: 'queued' })
  stage!: string;

  @Column('integer', { default: 0 })
  progress!: number;

  @Column('jsonb', { nullable: true })
  result!: Record<string, unknown> | null;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: string | null;

  /** Attempts of this series, counted when the lease is taken: a killed worker never reaches a catch. */
  @Column('integer', { default: 0 })
  attempts!: number;

  @Column('integer', { name: 'max_attempts' })
  maxAttempts!: number;

  /** Orders the leases of the job. */
  @Column('bigint', { default: 0 })
  fence!: string;

  /** Names the lease: after a failover that lost its tail a fence can repeat, a random token cannot. */
  @Column('uuid', { name: 'lease_token', nullable: true })
  leaseToken!: string | null;

  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;

  @Column('text', { nullable: true })
  worker!: string | null;

  @Column('timestamptz', { name: 'next_attempt_at', default: () => 'now()' })
  nextAttemptAt!: Date;

  @Column('timestamptz', { name: 'deadline_at' })
  deadlineAt!: Date;

  /** Number of the newest event. */
  @Column('integer', { name: 'event_seq', default: 1 })
  eventSeq!: number;

  /** Feed position of the newest event: never falls, whatever order transactions got their ids in. */
  @Column('bigint', { name: 'event_xid' })
  eventXid!: string;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('text', { name: 'correlation_id', nullable: true })
  correlationId!: string | null;

  @Column('text', { nullable: true })
  traceparent!: string | null;

  /** What a user asked for that this is a part of, and the document it is about. */
  @Column('uuid', { name: 'operation_id', nullable: true })
  operationId!: string | null;

  @Column('uuid', { name: 'document_id', nullable: true })
  documentId!: string | null;

  /** The collection that this is about, which says who may read of it. Kept here because the operation is removed before the job. */
  @Column('uuid', { name: 'collection_id', nullable: true })
  collectionId!: string | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
