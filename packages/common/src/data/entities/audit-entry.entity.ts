import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'audit_log_pkey' };

/** Something that was done, or refused, in an organisation; linked to the entry before it. */
@Entity('audit_log')
@Index('audit_log_chain_idx', ['orgId', 'seq'], { unique: true, where: 'seq IS NOT NULL' })
@Index('audit_log_unlinked_idx', ['orgId', 'at', 'id'], { where: 'seq IS NULL' })
export class AuditLogEntry {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;

  @Column('text')
  actor!: string;

  @Column('text')
  action!: string;

  @Column('text', { nullable: true })
  thing!: string | null;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;

  @Column('jsonb', { default: {} })
  details!: Record<string, unknown>;

  @Column('bigint', { nullable: true })
  seq!: string | null;

  @Column('bytea', { nullable: true })
  hash!: Buffer | null;
}
