import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { DocumentStatus } from '../../collections/collection-words.js';
import type { ExtractedMetadata } from '../../documents/extracted-metadata.js';
import type { JobId, OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'documents_pkey' };

/** A document of a collection. Its generation counts accepted changes; what is live of it is said by its manifests. */
@Entity('documents')
@Index('documents_external_idx', ['orgId', 'collectionId', 'externalId'], { unique: true, where: 'deleted_at IS NULL' })
@Index('documents_list_idx', ['orgId', 'collectionId', 'createdAt', 'id'], { where: 'deleted_at IS NULL' })
@Index('documents_failed_idx', ['orgId', 'collectionId', 'id'], { where: `deleted_at IS NULL AND status = 'failed'` })
@Index('documents_content_idx', ['orgId', 'contentHash'], { where: 'deleted_at IS NULL' })
@Index('documents_deleted_idx', ['deletedAt'], { where: 'deleted_at IS NOT NULL' })
@Index('documents_source_idx', { synchronize: false })
export class DocumentRow {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('uuid', { name: 'collection_id' })
  collectionId!: string;

  @Column('uuid', { name: 'source_id', nullable: true })
  sourceId!: string | null;

  @Column('text', { name: 'external_id' })
  externalId!: string;

  @Column('text', { name: 'file_name' })
  fileName!: string;

  @Column('text', { name: 'file_path', nullable: true })
  filePath!: string | null;

  @Column('text', { nullable: true })
  title!: string | null;

  @Column('text', { name: 'mime_type', nullable: true })
  mimeType!: string | null;

  /** It was sent as a text, which stays as it is; the others are files, and are parsed. */
  @Column('boolean', { name: 'is_text', default: false })
  isText!: boolean;

  @Column('bigint', { name: 'size_bytes' })
  sizeBytes!: string;

  @Column('text', { name: 'content_hash' })
  contentHash!: string;

  @Column('jsonb', { default: {} })
  metadata!: Record<string, unknown>;

  @Column('jsonb', { default: {} })
  facts!: Record<string, unknown>;

  /** Keywords and entities of its text; null where they are not wanted. */
  @Column('jsonb', { nullable: true })
  extracted!: ExtractedMetadata | null;

  @Column('text', { name: 'source_version', nullable: true })
  sourceVersion!: string | null;

  @Column('bigint', { default: 1 })
  gen!: string;

  @Column('text', { default: 'pending' })
  status!: DocumentStatus;

  @Column('uuid', { name: 'job_id', nullable: true })
  jobId!: JobId | null;

  @Column('text', { name: 'error_message', nullable: true })
  errorMessage!: string | null;

  @Column('text', { name: 'error_code', nullable: true })
  errorCode!: string | null;

  /** When it was last sent or found, also where that changed nothing: a deletion that was asked for before leaves it alone. */
  @Column('timestamptz', { name: 'sent_at', default: () => 'clock_timestamp()' })
  sentAt!: Date;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'clock_timestamp()' })
  updatedAt!: Date;

  @Column('timestamptz', { name: 'indexed_at', nullable: true })
  indexedAt!: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  @Column('text', { name: 'deleted_by', nullable: true })
  deletedBy!: string | null;
}
