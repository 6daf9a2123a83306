import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrgId } from '../../ids.js';

/** A tenant: everything else belongs to exactly one. */
@Entity('organisations')
export class Organisation {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'organisations_pkey' })
  id!: OrgId;

  @Column('text')
  name!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** Whether its searches are kept for a while, for analytics. */
  @Column('boolean', { name: 'query_log', default: true })
  queryLog!: boolean;
}
