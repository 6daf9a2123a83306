import type { Schemas } from '@qdrant/js-client-rest';

/** Every space has one shard key of one shard from the first day: the free server cannot change a number of shards later. */
export const MAIN_SHARD_KEY = 'main';

/**
 * The name of the sparse vector that holds the words of a text. The number is that of the analysis that made them: words of another one lie under another
 * name, for they cannot be compared.
 */
export const TERMS_VECTOR = 'terms-1';

/**
 * Not the model and its version, which nearly all points of a space share: Qdrant builds a graph for every value that many points have, so two more over
 * all of them, and that was nine tenths of what writing cost it (15,000 points of 15 organisations: 11 s of CPU, and 1.2 s without).
 */
export const INDEXED_FIELDS = ['org_id', 'asset_id', 'segment_id', 'index_id'] as const;

export interface SpaceKnobs {
  /** Edges of the graph over all tenants. 0: there is none, so a search without a tenant filter finds little. */
  m: number;
  /** Edges of each tenant's own graph. */
  payloadM: number;
  efConstruct: number;
  segments: number;
  vectorsOnDisk: boolean;
  payloadOnDisk: boolean;
  storage: VectorStorage;
}

/**
 * How the numbers of a vector are kept: `float16` takes half the room, `int8` a quarter of the memory with the originals on disk, which a search
 * compares with again. Postgres keeps 32 bits.
 */
export type VectorStorage = 'float32' | 'float16' | 'int8';

export const DEFAULT_KNOBS: SpaceKnobs = {
  m: 0,
  payloadM: 16,
  efConstruct: 100,
  segments: 2,
  vectorsOnDisk: false,
  payloadOnDisk: true,
  storage: 'float32',
};

export interface SpaceSpec {
  /** For example `all-MiniLM-L6-v2_v1_384_f32`. */
  space: string;
  dimension: number;
  distance: 'Cosine';
  knobs?: Partial<SpaceKnobs>;
}

/** What Qdrant has, in our words. */
export interface SpaceDescription {
  space: string;
  collection: string;
  dimension: number;
  /** False for a space that was made before points had their terms beside them. */
  hasTerms: boolean;
  distance: string;
  sharding: string;
  knobs: SpaceKnobs;
  indexes: { field: string; type: string; tenant: boolean }[];
  status: string;
  /** Approximate, as Qdrant counts it. */
  points: number;
}

// No `_` here: it ends the namespace in a collection name, so that `a` never lists the collections of `a_b`.
const NAMESPACE = /^[A-Za-z0-9.-]{1,64}$/;
const SPACE = /^[A-Za-z0-9._-]{1,180}$/;

export function assertNamespace(namespace: string): string {
  if (!NAMESPACE.test(namespace)) throw new Error(`Namespace "${namespace}" must be 1 to 64 letters, digits, "." or "-"`);
  return namespace;
}

export function collectionNameOf(namespace: string, space: string): string {
  if (!SPACE.test(space)) throw new Error(`Space "${space.slice(0, 200)}" must be 1 to 180 letters, digits, ".", "_" or "-"`);
  return `${namespace}_${space}`;
}

/** The space of a collection of this namespace, or undefined for somebody else's. */
export function spaceOf(namespace: string, collection: string): string | undefined {
  return collection.startsWith(`${namespace}_`) ? collection.slice(namespace.length + 1) : undefined;
}

export function createRequestOf(spec: SpaceSpec): Schemas['CreateCollection'] {
  const knobs = { ...DEFAULT_KNOBS, ...spec.knobs };
  return {
    vectors: {
      size: spec.dimension,
      distance: spec.distance,
      on_disk: knobs.vectorsOnDisk || knobs.storage === 'int8',
      ...(knobs.storage === 'float16' ? { datatype: 'float16' as const } : {}),
    },
    sparse_vectors: { [TERMS_VECTOR]: {} },
    sharding_method: 'custom',
    shard_number: 1,
    replication_factor: 1,
    on_disk_payload: knobs.payloadOnDisk,
    hnsw_config: { m: knobs.m, payload_m: knobs.payloadM, ef_construct: knobs.efConstruct },
    optimizers_config: { default_segment_number: knobs.segments },
    ...(knobs.storage === 'int8' ? { quantization_config: { scalar: { type: 'int8', always_ram: true } } } : {}),
  };
}

export function indexRequestOf(field: string): Schemas['CreateFieldIndex'] {
  return { field_name: field, field_schema: field === 'org_id' ? { type: 'keyword', is_tenant: true } : 'keyword' };
}

export function describeCollection(space: string, collection: string, info: Schemas['CollectionInfo']): SpaceDescription {
  const vectors = info.config.params.vectors as Schemas['VectorParams'];
  return {
    space,
    collection,
    dimension: vectors.size,
    hasTerms: TERMS_VECTOR in (info.config.params.sparse_vectors ?? {}),
    distance: vectors.distance,
    sharding: String(info.config.params.sharding_method ?? 'auto'),
    knobs: knobsOf(info.config, vectors),
    indexes: Object.entries(info.payload_schema).map(([field, schema]) => indexOf(field, schema as Schemas['PayloadIndexInfo'])),
    status: info.status,
    points: info.points_count ?? 0,
  };
}

function knobsOf(config: Schemas['CollectionConfig'], vectors: Schemas['VectorParams']): SpaceKnobs {
  return {
    m: config.hnsw_config.m,
    payloadM: config.hnsw_config.payload_m ?? config.hnsw_config.m,
    efConstruct: config.hnsw_config.ef_construct,
    segments: config.optimizer_config?.default_segment_number ?? 0,
    vectorsOnDisk: vectors.on_disk ?? false,
    payloadOnDisk: config.params.on_disk_payload ?? false,
    storage: config.quantization_config ? 'int8' : vectors.datatype === 'float16' ? 'float16' : 'float32',
  };
}

function indexOf(field: string, schema: Schemas['PayloadIndexInfo']): SpaceDescription['indexes'][number] {
  const params = schema.params as { is_tenant?: boolean | null } | null | undefined;
  return { field, type: schema.data_type, tenant: params?.is_tenant === true };
}

/** For where a vector has to be given and none is meant. */
export function anyVector(dimension: number): Float32Array {
  return new Float32Array(dimension).fill(1, 0, 1);
}
