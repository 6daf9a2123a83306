import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JobId, OrgId, PointId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'job_inputs_pkey' };

/** A text that a job is to embed, and the point it becomes. Deleted when the job succeeds, and a day after it ended otherwise. */
@Entity('job_inputs')
@Index('job_inputs_point_idx', ['orgId', 'pointId'])
export class JobInput {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'job_id', ...PK })
  jobId!: JobId;

  @PrimaryColumn('uuid', { name: 'point_id', ...PK })
  pointId!: PointId;

  @Column('integer')
  ordinal!: number;

  /** Generation of the point that this input is: a lower one never replaces a higher one. */
  @Column('bigint')
  gen!: string;

  @Column('text')
  text!: string;
}
