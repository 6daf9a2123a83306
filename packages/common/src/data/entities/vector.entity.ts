import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JobId, OrgId, PointId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'vectors_pkey' };

/** A vector that a caller named by asset and segment, or of a chunk of a document. This row decides what is live; Qdrant only finds candidates. */
@Entity('vectors')
@Index('vectors_asset_idx', ['orgId', 'assetId', 'segmentId', 'space'])
@Index('vectors_text_idx', { synchronize: false })
@Index('vectors_live_idx', ['orgId', 'space'], { where: 'live_token IS NOT NULL' })
@Index('vectors_unborn_idx', { synchronize: false })
@Index('vectors_index_idx', ['orgId', 'indexId', 'pointId'], { where: 'index_id IS NOT NULL' })
export class VectorRow {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'point_id', ...PK })
  pointId!: PointId;

  @Column('text', { name: 'asset_id' })
  assetId!: string;

  @Column('text', { name: 'segment_id' })
  segmentId!: string;

  /** The label the client sent, or the model's own id. */
  @Column('text')
  model!: string;

  @Column('text', { name: 'model_ver' })
  modelVer!: string;

  /** Which model really made the vector: labels of one model share a space. */
  @Column('text')
  space!: string;

  /** Counts accepted changes (writes and deletes) under the row lock: the order of this point. */
  @Column('bigint')
  gen!: string;

  /** The job of the newest accepted write and its key, while that write can still stand; a repeat of it is answered with this job. */
  @Column('uuid', { name: 'owner_job_id', nullable: true })
  ownerJobId!: JobId | null;

  @Column('text', { name: 'owner_key', nullable: true })
  ownerKey!: string | null;

  /** Generation that is visible, or that deleted the point. */
  @Column('bigint', { name: 'live_gen', default: 0 })
  liveGen!: string;

  /** Lease token of the attempt whose Qdrant point counts; null while nothing is visible. */
  @Column('uuid', { name: 'live_token', nullable: true })
  liveToken!: string | null;

  /** When the visible write was accepted: of several labels of one segment the newest is shown. */
  @Column('timestamptz', { name: 'live_accepted_at', nullable: true })
  liveAcceptedAt!: Date | null;

  /** 32-bit floats, little endian: Qdrant is rebuilt from here without embedding again. */
  @Column('bytea', { nullable: true })
  vector!: Buffer | null;

  /** SHA-256 of the text that the live vector was made of, or of its image (`CONTENT_HASH`); null where the vector is a function of neither. */
  @Column('bytea', { name: 'text_hash', nullable: true })
  textHash!: Buffer | null;

  /** How many tokens that text has, and how many of them the model read; null for an image. */
  @Column('integer', { nullable: true })
  tokens!: number | null;

  @Column('integer', { name: 'read_tokens', nullable: true })
  readTokens!: number | null;

  /** The words of that text as a sparse vector, in the form of `sparseBytes`; null where it has none. */
  @Column('bytea', { nullable: true })
  terms!: Buffer | null;

  /** The language that the words are most likely in; null when that cannot be told. */
  @Column('text', { nullable: true })
  language!: string | null;

  /** The index of a collection that it belongs to, and its chunk there; null where the caller named the vector. */
  @Column('uuid', { name: 'index_id', nullable: true })
  indexId!: string | null;

  @Column('uuid', { name: 'chunk_id', nullable: true })
  chunkId!: string | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;
}
