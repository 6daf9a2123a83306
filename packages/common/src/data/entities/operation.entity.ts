import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OperationState, OperationType } from '../../collections/collection-words.js';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'operations_pkey' };

/** What a user asked for, and how far it is. Its jobs are counted by a trigger of their table. */
@Entity('operations')
@Index('operations_list_idx', ['orgId', 'collectionId', 'createdAt', 'id'])
@Index('operations_completed_idx', ['completedAt'], { where: 'completed_at IS NOT NULL' })
@Index('operations_active_idx', { synchronize: false })
@Index('operations_source_idx', { synchronize: false })
export class Operation {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('uuid', { name: 'collection_id' })
  collectionId!: string;

  @Column('uuid', { name: 'source_id', nullable: true })
  sourceId!: string | null;

  @Column('uuid', { name: 'index_id', nullable: true })
  indexId!: string | null;

  @Column('text')
  type!: OperationType;

  @Column('text', { default: 'pending' })
  state!: OperationState;

  @Column('jsonb', { default: {} })
  config!: Record<string, unknown>;

  @Column('jsonb', { default: {} })
  result!: Record<string, unknown>;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('integer', { default: 0 })
  total!: number;

  @Column('integer', { default: 0 })
  done!: number;

  @Column('integer', { default: 0 })
  failed!: number;

  @Column('integer', { default: 0 })
  unfinished!: number;

  @Column('integer', { default: 0 })
  percentage!: number;

  @Column('boolean', { name: 'has_finish', default: false })
  hasFinish!: boolean;

  @Column('integer', { name: 'event_seq', default: 0 })
  eventSeq!: number;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'started_at', nullable: true })
  startedAt!: Date | null;

  @Column('timestamptz', { name: 'completed_at', nullable: true })
  completedAt!: Date | null;
}
