import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'blobs_pkey' };

/** Content of documents, once per organisation. What is large lies in a file (`BlobStore`), and has no bytes here. */
@Entity('blobs')
@Index('blobs_unused_idx', ['unusedSince'], { where: 'unused_since IS NOT NULL' })
export class Blob {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('text', PK)
  hash!: string;

  @Column('bigint')
  size!: string;

  @Column('bytea', { nullable: true })
  bytes!: Buffer | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  /** Since when no document is known to need it; null while one does. */
  @Column('timestamptz', { name: 'unused_since', nullable: true })
  unusedSince!: Date | null;
}
