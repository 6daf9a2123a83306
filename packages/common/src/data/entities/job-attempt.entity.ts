import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { JobId, OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'job_attempts_pkey' };

/** One lease of a job, from taking it to its outcome. */
@Entity('job_attempts')
export class JobAttempt {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'job_id', ...PK })
  jobId!: JobId;

  @PrimaryColumn('bigint', { ...PK })
  fence!: string;

  @Column('uuid', { name: 'lease_token' })
  leaseToken!: string;

  @Column('text')
  worker!: string;

  @Column('timestamptz', { name: 'started_at', default: () => 'clock_timestamp()' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column('text', { nullable: true })
  outcome!: string | null;

  @Column('text', { nullable: true })
  error!: string | null;
}
