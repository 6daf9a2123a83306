import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'chunking_profiles_pkey' };

/** A way of cutting documents that an organisation keeps by a name. */
@Entity('chunking_profiles')
@Unique('chunking_profiles_name_key', ['orgId', 'name'])
export class ChunkingProfile {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('text')
  name!: string;

  @Column('text', { default: '' })
  description!: string;

  @Column('text')
  strategy!: string;

  /** Those that were given; the others are the strategy's own. */
  @Column('jsonb', { default: {} })
  options!: Record<string, unknown>;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
