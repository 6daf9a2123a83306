import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ExtractedMetadata } from '../../documents/extracted-metadata.js';
import type { JobId, OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'manifests_pkey' };

/** What is live of a document in an index: which generation, made by which attempt, and how much it is. */
@Entity('manifests')
@Index('manifests_index_idx', ['orgId', 'indexId'])
export class Manifest {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'document_id', ...PK })
  documentId!: string;

  @PrimaryColumn('uuid', { name: 'index_id', ...PK })
  indexId!: string;

  @Column('bigint')
  gen!: string;

  @Column('uuid', { name: 'job_id' })
  jobId!: JobId;

  @Column('uuid')
  token!: string;

  @Column('integer', { name: 'chunk_count' })
  chunkCount!: number;

  @Column('integer', { name: 'point_count' })
  pointCount!: number;

  @Column('integer')
  tokens!: number;

  @Column('integer', { name: 'text_length' })
  textLength!: number;

  /** Of the text of this version; the document has that of the index that serves. */
  @Column('jsonb', { nullable: true })
  extracted!: ExtractedMetadata | null;

  @Column('timestamptz', { name: 'activated_at', default: () => 'clock_timestamp()' })
  activatedAt!: Date;
}
