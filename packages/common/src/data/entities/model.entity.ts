import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

const PK = { primaryKeyConstraintName: 'models_pkey' };

/** A model that some worker has served. What it is called and which vectors or scores it makes cannot change under the same version. */
@Entity('models')
@Unique('models_space_key', ['space'])
export class ModelRow {
  @PrimaryColumn('text', PK)
  id!: string;

  @PrimaryColumn('text', PK)
  version!: string;

  @Column('text', { array: true })
  aliases!: string[];

  /**
   * `onnx` makes vectors, `clip` those of images too, `remote` does so at a provider, and `ensemble` mixes those of others; `reranker` scores pairs of
   * texts, and has neither dimension nor space.
   */
  @Column('text', { default: 'onnx' })
  kind!: 'onnx' | 'clip' | 'remote' | 'ensemble' | 'reranker';

  /** What it reads: `text`, `image`, or both. */
  @Column('text', { array: true, default: ['text'] })
  inputs!: ('text' | 'image')[];

  @Column('integer', { nullable: true })
  dimension!: number | null;

  @Column('integer', { name: 'shorter_dimensions', array: true })
  shorterDimensions!: number[];

  @Column('integer', { name: 'max_tokens' })
  maxTokens!: number;

  @Column('text', { nullable: true })
  space!: string | null;

  /** Of the files and of how they are used. A worker whose files have another one does not serve the model. */
  @Column('text')
  fingerprint!: string;

  @Column('text')
  licence!: string;

  @Column('text')
  origin!: string;

  @Column('timestamptz', { name: 'registered_at', default: () => 'clock_timestamp()' })
  registeredAt!: Date;

  /** When a worker that has it last said so, which each does every few seconds. */
  @Column('timestamptz', { name: 'served_at', default: () => 'clock_timestamp()' })
  servedAt!: Date;

  /** Since when workers have said so without a pause. */
  @Column('timestamptz', { name: 'served_since', default: () => 'clock_timestamp()' })
  servedSince!: Date;
}
