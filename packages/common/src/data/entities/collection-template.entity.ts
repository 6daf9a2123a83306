import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'collection_templates_pkey' };

/** Settings that an organisation begins collections with. */
@Entity('collection_templates')
export class CollectionTemplate {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('text', PK)
  name!: string;

  @Column('text', { default: '' })
  description!: string;

  /** As they are sent to make a collection. */
  @Column('jsonb')
  settings!: Record<string, unknown>;

  @Column('bigint', { name: 'owner_id' })
  ownerId!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
