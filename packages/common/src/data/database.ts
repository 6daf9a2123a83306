import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import type { DataSource, EntityManager } from 'typeorm';
import { isLooseUuid } from '../ids.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import { isConnectionFailure, isConnectionLoss, translatePgError, unknownOutcome } from './pg-errors.js';

/** A statement with a name is prepared once per connection: 1.6 times the rate of an unnamed one. */
export interface Statement {
  name: string;
  text: string;
}

type Row = Record<string, unknown>;

/** A transaction, or one statement outside of one. */
export interface Sql {
  rows<T = Row>(statement: Statement | string, values?: unknown[]): Promise<T[]>;
  /** Runs `work` as the last part of the transaction: for locks that many want, and that are to be held for its commit only. */
  beforeCommit(work: () => Promise<void>): void;
  readonly manager: EntityManager;
}

// Postgres says this when a commit waited for a standby and somebody cancelled the wait: the data may be lost at a failover, so it is no success.
const CANCELLED_WAIT = /canceling.*wait for synchronous replication/i;

interface WatchedClient extends PoolClient {
  cairnWaitCancelled?: boolean;
  cairnWatched?: true;
}

function watch(client: WatchedClient): void {
  if (client.cairnWatched) return;
  client.cairnWatched = true;
  client.on('notice', (notice) => {
    if (CANCELLED_WAIT.test(notice.message ?? '')) client.cairnWaitCancelled = true;
  });
}

class Connection implements Sql {
  /** It could not even be rolled back, or does not know which statements it has prepared. */
  isBroken = false;
  /** It may be another caller's by now: whoever works on must not ask in what would be his transaction. */
  isOver = false;
  private readonly last: (() => Promise<void>)[] = [];

  constructor(
    private readonly client: WatchedClient,
    readonly manager: EntityManager,
  ) {
    watch(client);
  }

  async rows<T = Row>(statement: Statement | string, values: unknown[] = []): Promise<T[]> {
    if (this.isOver) throw new Error('The transaction is over, so nothing more can be asked in it.');
    const text = typeof statement === 'string' ? { text: statement, values } : { name: statement.name, text: statement.text, values };
    this.gather();
    try {
      const result = await this.client.query(text as never);
      return (result as unknown as { rows: T[] }).rows;
    } catch (error) {
      // A value that cannot be written to Postgres makes pg drop the prepared statement there and keep it here: it would fail for every caller after.
      if (!isAnswerOfPostgres(error)) this.isBroken = true;
      throw error;
    }
  }

  beforeCommit(work: () => Promise<void>): void {
    this.last.push(work);
  }

  async finish(): Promise<void> {
    for (const work of this.last.splice(0)) await work();
  }

  begin(orgId: string | undefined, isolation: Isolation, seconds?: number): Promise<unknown> {
    const level = isolation === 'snapshot' ? ' ISOLATION LEVEL REPEATABLE READ READ ONLY' : '';
    // One round trip. The setting is local to the transaction: with a session setting a pooled connection would show the next caller another tenant.
    // SET is no query: the snapshot is that of the first one, however long after.
    const tenant = orgId === undefined ? '' : `; SET LOCAL app.org_id = '${literalUuid(orgId)}'`;
    const patience = seconds === undefined ? '' : `; ${endedAfter(seconds)}`;
    this.gather();
    return this.client.query(`BEGIN${level}${tenant}${patience}`);
  }

  async commit(): Promise<void> {
    this.isOver = true;
    this.client.cairnWaitCancelled = false;
    try {
      await this.client.query('COMMIT');
    } catch (error) {
      throw isConnectionFailure(error) ? unknownOutcome(error) : error;
    }
    if (this.client.cairnWaitCancelled) throw unknownOutcome();
  }

  async rollback(): Promise<void> {
    this.isOver = true;
    await this.client.query('ROLLBACK').catch(() => {
      this.isBroken = true;
    });
  }

  /** What is asked at once goes out as one write: each costs as much as a small statement. */
  private gather(): void {
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  /** The statement commits itself: what is true of a commit is true of it. */
  async alone<T>(statement: Statement | string, values: unknown[]): Promise<T[]> {
    this.client.cairnWaitCancelled = false;
    const rows = await this.rows<T>(statement, values);
    if (this.client.cairnWaitCancelled) throw unknownOutcome();
    return rows;
  }
}

/** Postgres ends what takes longer, from here to the end of the transaction: a caller who gives up would leave it to go on. */
export async function giveUpAfter(sql: Sql, seconds: number): Promise<void> {
  await sql.rows(endedAfter(seconds));
}

const endedAfter = (seconds: number): string => `SET LOCAL statement_timeout = '${seconds}s'`;

/** Where it is none, what went wrong did so on our side or on the way. */
const isAnswerOfPostgres = (error: unknown): boolean => (error as { severity?: unknown }).severity !== undefined;

function literalUuid(id: string): string {
  if (!isLooseUuid(id)) throw new Error('An organisation id must be a UUID');
  return id.toLowerCase();
}

type Isolation = 'default' | 'snapshot';

/** The only way to Postgres. `tenant` needs a scope and sees one organisation; `system` is for roles that work across tenants (dispatcher, leases). */
export class Database {
  constructor(private readonly source: DataSource) {}

  /** Runs `work` in a transaction that sees and writes rows of this scope's organisation only. */
  tenant<T>(scope: TenantScope, work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.transaction(scope.orgId, 'default', work);
  }

  /**
   * Like `tenant`, reading one unchanging snapshot. What was read is known before the transaction has ended, so nobody waits for its end. Where `seconds` are
   * given, Postgres ends a statement that takes longer, as by `giveUpAfter`.
   */
  tenantSnapshot<T>(scope: TenantScope, work: (sql: Sql) => Promise<T>, seconds?: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const read = async (sql: Sql) => {
        resolve(await work(sql));
        await nextTurn(); // whoever waited for it goes first
      };
      this.transaction(scope.orgId, 'snapshot', read, seconds).catch(reject);
    });
  }

  /** A transaction across tenants; row-level security refuses it to roles that may not. */
  system<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.transaction(undefined, 'default', work);
  }

  /** One statement that is its own transaction. A statement over tenant rows sets the tenant itself, by `TENANT_CTE`. */
  single<T = Row>(statement: Statement | string, values: unknown[] = []): Promise<T[]> {
    return this.connected((connection) => connection.alone<T>(statement, values));
  }

  private transaction<T>(orgId: string | undefined, isolation: Isolation, work: (sql: Sql) => Promise<T>, seconds?: number): Promise<T> {
    return this.connected(async (connection) => {
      // Sent together with the first statement: see `createDataSource`. Where Postgres refuses it, it refuses all that comes after it.
      const begun = connection.begin(orgId, isolation, seconds);
      let value: T;
      try {
        [value] = await Promise.all([work(connection), begun]);
        await connection.finish();
      } catch (error) {
        await connection.rollback();
        throw error;
      }
      await connection.commit();
      return value;
    });
  }

  private async connected<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner() as unknown as Runner;
    let broken: Error | undefined;
    try {
      const connection = new Connection((await runner.connect()) as WatchedClient, runner.manager);
      try {
        return await work(connection);
      } catch (error) {
        if (isConnectionLoss(error) || isConnectionLoss((error as Error).cause)) broken = error as Error;
        throw error;
      } finally {
        connection.isOver = true;
        if (connection.isBroken) broken ??= new Error('The connection cannot be used any more.');
      }
    } catch (error) {
      throw translatePgError(error);
    } finally {
      // Released with an error, the connection is closed instead of being given to the next caller.
      await runner.releasePostgresConnection(broken).catch(() => undefined);
    }
  }
}

/** The part of TypeORM's query runner that is used here; `release()` could not say that the connection is broken. */
interface Runner {
  readonly manager: EntityManager;
  connect(): Promise<unknown>;
  releasePostgresConnection(error?: Error): Promise<void>;
}
