import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Subjects } from '@cairn/common';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import pg from 'pg';
import type { ApiClient, JobReply } from '../system/api-client.js';
import type { ServiceName, ServiceProcess } from '../system/service-process.js';
import type { TestSystem } from '../system/test-system.js';
import { Hopeless, until } from '../system/wait.js';
import { Violation } from './violation.js';

/** A lock that keeps statements of the system waiting until it is released. */
export interface HeldLock {
  client: pg.Client;
  release(): Promise<void>;
}

/**
 * What a scenario plays on: a started system, and the means to hold parts of it still at a known moment.
 * Every scenario brings an organisation of its own, so many can be played on one system, one after the other.
 */
export class Stage {
  readonly subjects: Subjects;
  /** The longest wait for a promise that was kept. */
  longestWaitMs = 0;
  private readonly locks = new Set<pg.Client>();
  private nats: NatsConnection | undefined;

  constructor(
    readonly system: TestSystem,
    /** How long a scenario waits for something that has to happen. */
    readonly patienceMs = 30_000,
  ) {
    this.subjects = new Subjects(system.namespace);
  }

  /** A client of a new organisation. */
  client(): ApiClient {
    return this.system.client();
  }

  service(name: ServiceName): ServiceProcess {
    return this.system.service(name);
  }

  sql<T = Record<string, unknown>>(text: string, values?: unknown[]): Promise<T[]> {
    return this.system.database.sql<T>(text, values);
  }

  /** The service as a running process with these variables; it is started anew only when it is not that already. */
  async ensure(name: ServiceName, env: Record<string, string> = {}): Promise<ServiceProcess> {
    const service = this.service(name);
    const wanted = this.withFaultLog(name, env);
    if (service.runsWith(wanted) && !service.frozen && !('CAIRN_FAULTS' in env)) return service;
    await service.kill();
    service.start(wanted);
    // A planned fault may land in work that waited, before the process answers that it is ready.
    await service.ready().catch((error: Error) => {
      if (!('CAIRN_FAULTS' in env && existsSync(this.faultLogOf(name)))) throw error;
    });
    return service;
  }

  /** Waits for a fault that was planned by CAIRN_FAULTS: the process stands still or is dead. */
  async landed(name: ServiceName, point: string): Promise<void> {
    const service = this.service(name);
    await until(`${point} to land in the ${name}`, async () => {
      const done = existsSync(this.faultLogOf(name)) && readFileSync(this.faultLogOf(name), 'utf8').includes(`${point} `);
      return done && (!service.running || service.frozen);
    });
  }

  /** Waits for what the system promises to do; a promise that is not kept in time is broken. */
  async keeps(promise: string, what: string, ask: () => Promise<unknown>): Promise<void> {
    try {
      await this.timed(() => until(what, ask, this.patienceMs));
    } catch (error) {
      if (error instanceof Violation || error instanceof Hopeless) throw error;
      throw new Violation(promise, (error as Error).message);
    }
  }

  /** The completed job; that it does not complete is a broken promise. */
  async done(client: ApiClient, jobId: string): Promise<JobReply> {
    const job = await this.timed(() => client.ended(jobId, this.patienceMs)).catch((error: Error) => {
      throw new Violation('G3', error.message);
    });
    if (job.status !== 'completed') throw new Violation('G3', `job ${jobId} ended ${job.status}: ${job.error}`);
    return job;
  }

  /** The dispatcher stands still while `work` runs, so that what is accepted waits in the outbox. */
  async withoutDispatcher<T>(work: () => Promise<T>): Promise<T> {
    await this.ensure('dispatcher');
    const dispatcher = this.service('dispatcher');
    await dispatcher.freeze();
    try {
      return await work();
    } finally {
      dispatcher.thaw();
    }
  }

  /** Statements that need `table` wait until the lock is released. */
  async lock(table: string, mode: 'SHARE' | 'ACCESS EXCLUSIVE'): Promise<HeldLock> {
    const client = new pg.Client({ connectionString: this.system.database.urls.superUrl });
    client.on('error', () => undefined); // a server that is stopped meanwhile
    await client.connect();
    await client.query(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; LOCK TABLE ${table} IN ${mode} MODE`);
    const release = async () => {
      this.locks.delete(client);
      await client.query('COMMIT');
      await client.end();
    };
    this.locks.add(client);
    return { client, release };
  }

  /** Resolves when a connection of this service waits for a lock. */
  async waitsForLock(name: 'api' | 'search' | 'worker' | 'dispatcher'): Promise<void> {
    const query = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND wait_event_type = 'Lock'`;
    await until(`the ${name} to wait for a lock`, async () => (await this.sql(query, [`cairn-${name}`])).length > 0);
  }

  /** Ends all work in the system, so that what an earlier scenario left behind cannot be taken for this one's. */
  async clear(): Promise<void> {
    await this.sql('DELETE FROM outbox');
    await this.sql(
      `UPDATE jobs SET state = 'cancelled', lease_token = NULL, lease_until = NULL, finished_at = clock_timestamp() WHERE state IN ('queued', 'running')`,
    );
    const { streams } = await this.jetstream();
    await streams.purge(this.subjects.jobStream).catch(() => undefined); // gone with all it held
  }

  async jetstream(): Promise<JetStreamManager> {
    this.nats ??= await this.connectNats();
    return jetstreamManager(this.nats);
  }

  async close(): Promise<void> {
    for (const client of this.locks) await client.end().catch(() => undefined);
    await this.nats?.close();
  }

  private async timed<T>(wait: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const answer = await wait();
    this.longestWaitMs = Math.max(this.longestWaitMs, performance.now() - startedAt);
    return answer;
  }

  private connectNats(): Promise<NatsConnection> {
    const { url, user, password } = this.system.stack.nats;
    return connect({ servers: [new URL(url).host], user, pass: password, maxReconnectAttempts: -1 });
  }

  private faultLogOf(name: ServiceName): string {
    return join(this.system.folder, `faults-${name}-${this.faultRuns.get(name) ?? 0}.log`);
  }

  // Each planned run of faults has a log of its own: what an earlier one wrote says nothing about this one.
  private readonly faultRuns = new Map<ServiceName, number>();

  private withFaultLog(name: ServiceName, env: Record<string, string>): Record<string, string> {
    if (!('CAIRN_FAULTS' in env)) return env;
    this.faultRuns.set(name, (this.faultRuns.get(name) ?? 0) + 1);
    return { ...env, CAIRN_FAULT_LOG: this.faultLogOf(name) };
  }
}
