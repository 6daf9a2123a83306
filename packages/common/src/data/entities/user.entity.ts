import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { OrgId } from '../../ids.js';
import type { OrgRole } from '../../shell/endpoints/permission.js';

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

  /** What he is in the organisation; null where nobody said here, so that his token says. */
  @Column('text', { nullable: true })
  role!: OrgRole | null;

  /** From then on none of his credentials is good. */
  @Column('timestamptz', { name: 'removed_at', nullable: true })
  removedAt!: Date | null;
}
