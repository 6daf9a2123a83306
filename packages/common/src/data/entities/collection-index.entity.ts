import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import type { Quantization } from '../../collections/collection-words.js';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'collection_indexes_pkey' };

/** One way to cut and embed the documents of a collection, and all that was made so. One of them serves; another may be built beside it and take its place. */
@Entity('collection_indexes')
@Unique('collection_indexes_number_key', ['orgId', 'collectionId', 'number'])
@Index('collection_indexes_serving_idx', ['orgId', 'collectionId'], { unique: true, where: "state = 'serving'" })
@Index('collection_indexes_retired_idx', ['retiredAt'], { where: "state = 'retired'" })
export class CollectionIndex {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', PK)
  id!: string;

  @Column('uuid', { name: 'collection_id' })
  collectionId!: string;

  @Column('integer')
  number!: number;

  @Column('text')
  state!: 'building' | 'serving' | 'retired';

  @Column('text')
  model!: string;

  @Column('text', { name: 'model_ver' })
  modelVer!: string;

  @Column('text')
  space!: string;

  @Column('text')
  quantization!: Quantization;

  @Column('text', { name: 'chunking_strategy' })
  chunkingStrategy!: string;

  @Column('integer', { name: 'chunk_size' })
  chunkSize!: number;

  @Column('integer', { name: 'chunk_overlap' })
  chunkOverlap!: number;

  @Column('jsonb', { name: 'chunking_config', default: {} })
  chunkingConfig!: Record<string, unknown>;

  @Column('boolean', { name: 'embed_context', default: true })
  embedContext!: boolean;

  @Column('boolean', { name: 'extract_metadata', default: false })
  extractMetadata!: boolean;

  @Column('text', { name: 'store_name' })
  storeName!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'served_at', nullable: true })
  servedAt!: Date | null;

  @Column('timestamptz', { name: 'retired_at', nullable: true })
  retiredAt!: Date | null;

  /** Since when it is being removed: nobody can go back to it from here on. */
  @Column('timestamptz', { name: 'emptied_at', nullable: true })
  emptiedAt!: Date | null;
}
