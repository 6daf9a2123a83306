import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who holds a device (a GPU, or the processors of a machine) for one model, and until when. */
@Entity('device_leases')
export class DeviceLeaseRow {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'device_leases_pkey' })
  device!: string;

  /** For people: which process, with which model, since when. */
  @Column('text')
  holder!: string;

  /** Counts up each time that the device is taken. */
  @Column('bigint')
  fence!: string;

  /** Random, new each time; every write of the holder compares it. */
  @Column('uuid')
  token!: string;

  /** By the database's clock. */
  @Column('timestamptz', { name: 'lease_until' })
  leaseUntil!: Date;

  /** Until then somebody waits for it. */
  @Column('timestamptz', { name: 'wanted_until', default: () => "'-infinity'" })
  wantedUntil!: Date;
}
