import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';
import type { OrgRole, Scope } from '../../shell/endpoints/permission.js';

/** A key of a program. Only a hash of its secret is kept. */
@Entity('api_keys')
export class ApiKey {
  @PrimaryColumn('uuid', { name: 'org_id', primaryKeyConstraintName: 'api_keys_pkey' })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id!: string;

  @Column('text')
  name!: string;

  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer;

  @Column('text', { array: true })
  scopes!: Scope[];

  /** The collections the key may touch; null means all. */
  @Column('text', { array: true, nullable: true })
  collections!: string[] | null;

  /** `user:<id>`, also where a key of the user made it; anything else belongs to the organisation itself. */
  @Column('text', { name: 'created_by' })
  createdBy!: string;

  /** What its maker was in the organisation when he made it; null where nobody said. */
  @Column('text', { name: 'maker_role', nullable: true })
  makerRole!: OrgRole | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;
}
