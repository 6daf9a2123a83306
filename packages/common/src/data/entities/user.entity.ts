import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { OrgId } from '../../ids.js';

/** A person or program named by the `sub` of a token. The id is a number because the seeds' `owner_id` is one. */
@Entity('users')
@Unique('users_subject_key', ['orgId', 'subject'])
export class User {
  @PrimaryColumn('uuid', { name: 'org_id', primaryKeyConstraintName: 'users_pkey' })
  orgId!: OrgId;

  @PrimaryColumn('bigint', { generated: 'identity', generatedIdentity: 'ALWAYS', primaryKeyConstraintName: 'users_pkey' } as never)
  id!: string;

  @Column('text')
  subject!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
