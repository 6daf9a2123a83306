import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId, StoredPointId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'garbage_points_pkey' };

/** A Qdrant point that no longer counts and is to be deleted once running searches are over. */
@Entity('garbage_points')
@Index('garbage_points_due_idx', ['dueAt'])
export class GarbagePoint {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('text', { ...PK })
  space!: string;

  @PrimaryColumn('uuid', { name: 'stored_id', ...PK })
  storedId!: StoredPointId;

  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;
}
