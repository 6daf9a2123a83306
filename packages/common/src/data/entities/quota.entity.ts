import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'quotas_pkey' };

/** What an organisation or a collection may hold where that is not the default; null where it is. */
@Entity('quotas')
export class Quota {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'collection_id', ...PK })
  collectionId!: string;

  @Column('bigint', { nullable: true })
  documents!: string | null;

  @Column('bigint', { nullable: true })
  bytes!: string | null;

  @Column('bigint', { nullable: true })
  sources!: string | null;

  @Column('bigint', { name: 'operations_per_hour', nullable: true })
  operationsPerHour!: string | null;

  @Column('text', { name: 'set_by' })
  setBy!: string;

  @Column('timestamptz', { name: 'set_at', default: () => 'clock_timestamp()' })
  setAt!: Date;
}
