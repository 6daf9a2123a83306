import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'accounts_pkey' };

/** With what a user logs in here. No two accounts of the system have a name in common. */
@Entity('accounts')
@Index('accounts_email_idx', ['email'])
@Index('accounts_username_idx', ['username'], { where: 'username IS NOT NULL' })
export class Account {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('bigint', { name: 'user_id', ...PK })
  userId!: string;

  @Column('text')
  email!: string;

  @Column('text', { nullable: true })
  username!: string | null;

  @Column('text', { name: 'full_name', nullable: true })
  fullName!: string | null;

  @Column('text', { name: 'password_hash' })
  passwordHash!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
