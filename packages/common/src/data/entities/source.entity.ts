import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'sources_pkey' };

/** Where documents of a collection come from: a directory, a file, an address. */
@Entity('sources')
@Index('sources_path_idx', ['orgId', 'collectionId', 'sourceType', 'sourcePath'], { unique: true, where: 'removed_at IS NULL' })
@Index('sources_due_idx', { synchronize: false })
@Index('sources_run_idx', { synchronize: false })
export class Source {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('uuid', { name: 'collection_id' })
  collectionId!: string;

  @Column('text', { name: 'source_type' })
  sourceType!: string;

  @Column('text', { name: 'source_path' })
  sourcePath!: string;

  @Column('jsonb', { default: {} })
  config!: Record<string, unknown>;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_indexed_at', nullable: true })
  lastIndexedAt!: Date | null;

  @Column('timestamptz', { name: 'removed_at', nullable: true })
  removedAt!: Date | null;

  @Column('integer', { name: 'sync_every_minutes', nullable: true })
  syncEveryMinutes!: number | null;

  @Column('boolean', { name: 'is_paused', default: false })
  isPaused!: boolean;

  @Column('timestamptz', { name: 'next_run_at', nullable: true })
  nextRunAt!: Date | null;

  @Column('timestamptz', { name: 'last_run_at', nullable: true })
  lastRunAt!: Date | null;

  /** The operation that looks through it, until that has ended and was seen to. */
  @Column('uuid', { name: 'run_id', nullable: true })
  runId!: string | null;

  /** Runs that failed since the last one that did not. */
  @Column('integer', { default: 0 })
  failures!: number;

  @Column('text', { name: 'last_error', nullable: true })
  lastError!: string | null;

  /** Sealed by SecretBox, for this source. */
  @Column('bytea', { nullable: true })
  secrets!: Buffer | null;
}
