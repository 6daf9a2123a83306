import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { CollectionType } from '../../collections/collection-words.js';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'collections_pkey' };

/** A named set of documents. How they are cut and embedded is said by its index that serves (`CollectionIndex`). */
@Entity('collections')
@Index('collections_name_idx', ['orgId', 'name'], { unique: true, where: 'deleted_at IS NULL' })
@Index('collections_maintenance_idx', { synchronize: false })
@Index('collections_deleted_idx', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
export class Collection {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('text')
  name!: string;

  @Column('text', { default: '' })
  description!: string;

  @Column('text')
  type!: CollectionType;

  @Column('bigint', { name: 'owner_id' })
  ownerId!: string;

  @Column('boolean', { name: 'is_public', default: false })
  isPublic!: boolean;

  @Column('jsonb', { default: {} })
  metadata!: Record<string, unknown>;

  @Column('uuid', { name: 'serving_index_id' })
  servingIndexId!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  @Column('text', { name: 'deleted_by', nullable: true })
  deletedBy!: string | null;

  @Column('boolean', { name: 'auto_maintenance', default: false })
  autoMaintenance!: boolean;

  /** When it was last seen to without being asked. */
  @Column('timestamptz', { name: 'maintained_at', nullable: true })
  maintainedAt!: Date | null;
}
