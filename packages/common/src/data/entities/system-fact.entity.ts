import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What the system remembers about itself, such as the database epoch it last ran on. */
@Entity('system_facts')
export class SystemFact {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'system_facts_pkey' })
  name!: string;

  @Column('text')
  value!: string;
}
