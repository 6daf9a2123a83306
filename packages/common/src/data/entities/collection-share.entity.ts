import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ShareRole } from '../../collections/collection-words.js';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'collection_shares_pkey' };

/** What a user may do with a collection of somebody else. */
@Entity('collection_shares')
export class CollectionShare {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'collection_id', ...PK })
  collectionId!: string;

  @PrimaryColumn('bigint', { name: 'user_id', ...PK })
  userId!: string;

  @Column('text')
  role!: ShareRole;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
