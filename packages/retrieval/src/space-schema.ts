import { setTimeout as pause } from 'node:timers/promises';
import { DependencyError } from '@cairn/common/contracts';
import type { Schemas } from '@qdrant/js-client-rest';
import type { QdrantTimeouts } from './qdrant-options.js';
import type { RestCall, RestTransport } from './rest-transport.js';
import {
  assertNamespace,
  collectionNameOf,
  createRequestOf,
  describeCollection,
  INDEXED_FIELDS,
  indexRequestOf,
  MAIN_SHARD_KEY,
  type SpaceDescription,
  type SpaceSpec,
  spaceOf,
} from './space.js';
import { SpaceMismatchError, SpaceMissingError } from './space-errors.js';

const ALREADY_THERE = /already exists/i;
const NO_CLUSTER = /distributed mode disabled/i;
const STILL_WAITING = /waiting for consensus|wait for replica set/i;
const PATIENCE_SECONDS = 1;
const POLL_MS = 50;

/** Makes and describes the collections of one namespace. Remembers what it saw, because every read and write needs the dimension. */
export class SpaceSchema {
  private readonly known = new Map<string, Promise<SpaceDescription>>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly rest: RestTransport,
    readonly namespace: string,
    private readonly timeouts: Pick<QdrantTimeouts, 'schemaMs' | 'searchMs'>,
  ) {
    assertNamespace(namespace);
  }

  /** Resolves when the space can be written and searched; any number of callers in any number of processes may ask at once. */
  async ensure(spec: SpaceSpec): Promise<SpaceDescription> {
    const made = await this.remember(spec.space, () => this.inTurn(() => this.make(spec)));
    assertSameShape(spec, made);
    return made;
  }

  /** What the space is, asking Qdrant once per process and within the deadline of a search. Never creates: SpaceMissingError when it is not there. */
  get(space: string): Promise<SpaceDescription> {
    return this.remember(space, () => this.describe(space, this.timeouts.searchMs));
  }

  /** To be called when Qdrant says that a remembered space is not there. */
  forget(space: string): void {
    this.known.delete(space);
  }

  collectionOf(space: string): string {
    return collectionNameOf(this.namespace, space);
  }

  /** What Qdrant has now. */
  async describe(space: string, timeoutMs = this.timeouts.schemaMs): Promise<SpaceDescription> {
    const info = await this.call<Schemas['CollectionInfo']>('describe_space', space, 'GET', '', { timeoutMs });
    return describeCollection(space, this.collectionOf(space), info);
  }

  async list(): Promise<string[]> {
    const call: RestCall = { operation: 'list_spaces', method: 'GET', path: '/collections', timeoutMs: this.timeouts.schemaMs, retries: 1 };
    const { collections } = await this.rest.call<Schemas['CollectionsResponse']>(call);
    return collections.map(({ name }) => spaceOf(this.namespace, name)).filter((space) => space !== undefined);
  }

  async drop(space: string): Promise<void> {
    this.forget(space);
    await this.call('drop_space', space, 'DELETE', '');
  }

  private remember(space: string, find: () => Promise<SpaceDescription>): Promise<SpaceDescription> {
    const seen = this.known.get(space);
    if (seen !== undefined) return seen;
    const asked = find();
    this.known.set(space, asked);
    asked.catch(() => {
      if (this.known.get(space) === asked) this.known.delete(space);
    });
    return asked;
  }

  // One after the other is several times as fast as all at once.
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  // Every step tolerates that another process does the same, or died between two of them.
  private async make(spec: SpaceSpec): Promise<SpaceDescription> {
    const found = await this.findOrCreate(spec);
    assertSameShape(spec, found);
    await this.createShardKey(spec.space);
    await this.untilActive(spec.space);
    await this.createIndexes(spec.space, found);
    return this.describe(spec.space);
  }

  private async findOrCreate(spec: SpaceSpec): Promise<SpaceDescription> {
    try {
      return await this.describe(spec.space);
    } catch (error) {
      if (!(error instanceof SpaceMissingError)) throw error;
    }
    await tolerate(ALREADY_THERE, this.change('create_space', spec.space, '', createRequestOf(spec)));
    return this.describe(spec.space);
  }

  private async createShardKey(space: string): Promise<void> {
    if ((await this.shardStates(space)).length > 0) return;
    const request: Schemas['CreateShardingKey'] = { shard_key: MAIN_SHARD_KEY, shards_number: 1, replication_factor: 1 };
    try {
      await tolerate(ALREADY_THERE, this.change('create_shard_key', space, '/shards', request));
    } catch (error) {
      if (!says(NO_CLUSTER, error)) throw error;
      throw new Error('Qdrant runs without cluster mode, which Cairn needs also for one machine: start it with QDRANT__CLUSTER__ENABLED=true', {
        cause: error,
      });
    }
  }

  // "Already exists" is answered before the shard takes writes: an upsert sent then fails with 500 (measured on 1.16.3).
  private async untilActive(space: string): Promise<void> {
    const deadline = performance.now() + this.timeouts.schemaMs;
    while (!(await this.shardStates(space)).includes('Active')) {
      if (performance.now() > deadline)
        throw new DependencyError('qdrant', `The shard of vector space ${space} is not active after ${this.timeouts.schemaMs} ms`);
      await pause(POLL_MS);
    }
  }

  private async shardStates(space: string): Promise<string[]> {
    const cluster = await this.call<Schemas['CollectionClusterInfo']>('describe_shards', space, 'GET', '/cluster');
    return [...cluster.local_shards, ...cluster.remote_shards].filter((shard) => shard.shard_key === MAIN_SHARD_KEY).map((shard) => shard.state);
  }

  private async createIndexes(space: string, found: SpaceDescription): Promise<void> {
    const missing = INDEXED_FIELDS.filter((field) => !isIndexed(found, field));
    await Promise.all(missing.map((field) => this.call('create_index', space, 'PUT', '/index?wait=true', { body: indexRequestOf(field) })));
  }

  // Of several changes at once Qdrant overlooks that one is done and waits for it to the end of its patience, which is 10 s unless it is told (1.16.3).
  // Whoever asks again after a second learns that it is done.
  private async change(operation: string, space: string, path: string, body: object): Promise<void> {
    const deadline = performance.now() + this.timeouts.schemaMs;
    for (;;) {
      try {
        return await this.call(operation, space, 'PUT', `${path}?timeout=${PATIENCE_SECONDS}`, { body });
      } catch (error) {
        if (!says(STILL_WAITING, error) || performance.now() > deadline) throw error;
      }
    }
  }

  private call<Result>(
    operation: string,
    space: string,
    method: RestCall['method'],
    path: string,
    more: { body?: object; timeoutMs?: number } = {},
  ): Promise<Result> {
    const collection = encodeURIComponent(this.collectionOf(space));
    return this.rest.call({ operation, space, method, path: `/collections/${collection}${path}`, timeoutMs: this.timeouts.schemaMs, retries: 1, ...more });
  }
}

export function assertSameShape(spec: SpaceSpec, found: SpaceDescription): void {
  if (found.dimension !== spec.dimension) throw new SpaceMismatchError(spec.space, 'dimension', found.dimension, spec.dimension);
  if (found.distance !== spec.distance) throw new SpaceMismatchError(spec.space, 'distance', found.distance, spec.distance);
  if (found.sharding !== 'custom') throw new SpaceMismatchError(spec.space, 'sharding', found.sharding, 'custom');
}

function isIndexed(found: SpaceDescription, field: string): boolean {
  return found.indexes.some((index) => index.field === field && index.type === 'keyword' && index.tenant === (field === 'org_id'));
}

async function tolerate(expected: RegExp, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!says(expected, error)) throw error;
  }
}

function says(expected: RegExp, error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && expected.test(error.cause.message);
}
