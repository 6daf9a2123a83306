import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JobId, OrgId, PointId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'job_inputs_pkey' };

/** A text or an image that a job is to embed, and the point it becomes. Deleted when the job succeeds, and a day after it ended otherwise. */
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

  /** One of the two is there. */
  @Column('text', { nullable: true })
  text!: string | null;

  @Column('bytea', { nullable: true })
  image!: Buffer | null;
}
