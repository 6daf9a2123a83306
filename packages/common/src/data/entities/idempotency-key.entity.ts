import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'idempotency_keys_pkey' };

/** The first answer given under a client's Idempotency-Key, written in the transaction of its effect. */
@Entity('idempotency_keys')
@Index('idempotency_keys_expiry_idx', ['expiresAt'])
export class IdempotencyKey {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('text', { ...PK })
  route!: string;

  @PrimaryColumn('text', { ...PK })
  key!: string;

  @Column('bytea', { name: 'request_hash' })
  requestHash!: Buffer;

  @Column('integer')
  status!: number;

  @Column('jsonb', { nullable: true })
  body!: unknown;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
