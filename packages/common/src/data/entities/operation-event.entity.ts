import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'operation_events_pkey' };

/** One step of an operation. Numbered from 1 without gaps, in the order they were committed. */
@Entity('operation_events')
export class OperationEvent {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'operation_id', ...PK })
  operationId!: string;

  @PrimaryColumn('integer', PK)
  seq!: number;

  @Column('text')
  type!: string;

  @Column('integer')
  percentage!: number;

  @Column('jsonb')
  data!: Record<string, unknown>;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;
}
