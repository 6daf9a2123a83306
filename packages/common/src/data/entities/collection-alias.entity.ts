import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'collection_aliases_pkey' };

/** Another name of a collection, which can be moved to another one. */
@Entity('collection_aliases')
@Index('collection_aliases_collection_idx', ['orgId', 'collectionId'])
export class CollectionAlias {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('text', PK)
  name!: string;

  @Column('uuid', { name: 'collection_id' })
  collectionId!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'moved_at', default: () => 'clock_timestamp()' })
  movedAt!: Date;
}
