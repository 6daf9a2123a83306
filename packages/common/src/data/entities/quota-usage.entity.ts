import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'quota_usage_pkey' };

/** What an organisation or a collection holds, and the operations of the hour. */
@Entity('quota_usage')
export class QuotaUsage {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'collection_id', ...PK })
  collectionId!: string;

  @Column('bigint', { default: 0 })
  documents!: string;

  @Column('bigint', { default: 0 })
  bytes!: string;

  @Column('bigint', { default: 0 })
  sources!: string;

  @Column('bigint', { default: 0 })
  operations!: string;

  @Column('timestamptz', { default: '-infinity' })
  hour!: Date;
}
