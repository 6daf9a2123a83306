import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A vector space in use: one Qdrant collection. The marker is also kept in Qdrant; when the two differ, Qdrant was wiped or restored. */
@Entity('spaces')
export class Space {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'spaces_pkey' })
  name!: string;

  @Column('integer')
  dimension!: number;

  @Column('bigint', { default: 0 })
  marker!: string;

  /** Until when a reconciler has this space to itself. */
  @Column('timestamptz', { name: 'claimed_until', default: () => "'-infinity'" })
  claimedUntil!: Date;

  /** True while Qdrant does not hold all of it yet, after it lost the space: searches are refused rather than answered with less. */
  @Column('boolean', { default: false })
  restoring!: boolean;

  /** How often Qdrant was found to have lost the space. Who began before the last loss may have read or written what is gone. */
  @Column('bigint', { default: 0 })
  losses!: string;
}
