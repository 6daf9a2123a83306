import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

const PK = { primaryKeyConstraintName: 'chunks_pkey' };

/** A part of a document that is found on its own. Offsets are UTF-16 code units of the document's text. */
@Entity('chunks')
@Index('chunks_id_idx', ['orgId', 'id'], { unique: true })
export class ChunkRow {
  @PrimaryColumn('uuid', { name: 'org_id', ...PK })
  orgId!: OrgId;

  @PrimaryColumn('uuid', { name: 'index_id', ...PK })
  indexId!: string;

  @PrimaryColumn('uuid', { name: 'document_id', ...PK })
  documentId!: string;

  @PrimaryColumn('integer', PK)
  number!: number;

  @Column('uuid')
  id!: string;

  @Column('text')
  text!: string;

  @Column('integer', { name: 'start_at' })
  start!: number;

  @Column('integer', { name: 'end_at' })
  end!: number;

  @Column('integer')
  tokens!: number;

  @Column('integer', { nullable: true })
  page!: number | null;

  /** Where the pages behind `page` begin that it goes on over; null where it ends on the page that it begins on. */
  @Column('integer', { name: 'page_starts', nullable: true, array: true })
  pageStarts!: number[] | null;

  @Column('text', { name: 'heading_path', nullable: true, array: true })
  headingPath!: string[] | null;

  @Column('integer', { name: 'parent_start', nullable: true })
  parentStart!: number | null;

  @Column('integer', { name: 'parent_end', nullable: true })
  parentEnd!: number | null;

  @Column('double precision', { name: 'time_start', nullable: true })
  timeStart!: number | null;

  @Column('double precision', { name: 'time_end', nullable: true })
  timeEnd!: number | null;

  /** What whoever cut it said of it. */
  @Column('jsonb', { nullable: true })
  metadata!: Record<string, unknown> | null;
}
