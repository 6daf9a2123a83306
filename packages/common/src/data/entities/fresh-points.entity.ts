import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId, PointId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'fresh_points_pkey' };

/** Points that became live together and that Qdrant is not yet known to find. */
@Entity('fresh_points')
@Index('fresh_points_since_idx', ['since'])
export class FreshPoints {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('text')
  space!: string;

  @Column('uuid', { name: 'point_ids', array: true })
  pointIds!: PointId[];

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  since!: Date;
}
