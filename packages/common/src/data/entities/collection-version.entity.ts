import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'collection_versions_pkey' };

/** How a collection was before a change of what is said of it, or of how its documents are cut and embedded. */
@Entity('collection_versions')
export class CollectionVersion {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'collection_id', ...PK })
  collectionId!: string;

  @PrimaryColumn('integer', PK)
  number!: number;

  @Column('text')
  name!: string;

  @Column('text')
  description!: string;

  @Column('boolean', { name: 'is_public' })
  isPublic!: boolean;

  @Column('boolean', { name: 'auto_maintenance' })
  autoMaintenance!: boolean;

  @Column('jsonb')
  metadata!: Record<string, unknown>;

  @Column('jsonb')
  settings!: Record<string, unknown>;

  @Column('text', { name: 'changed_by' })
  changedBy!: string;

  @Column('timestamptz', { name: 'changed_at', default: () => 'clock_timestamp()' })
  changedAt!: Date;
}
