import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import type { BenchContext } from '../core/bench.js';
import { Child } from '../core/child.js';
import { PRODUCER_CONNECTIONS } from './cairn.system.js';
import { emptyDatabase } from './empty-database.js';
import type { BenchJob, JobSystem } from './job-system.js';

export const QUEUE = 'bench';
export type PgBossMode = 'fetch loop' | 'work, burst and notify';

export class PgBossSystem implements JobSystem {
  readonly name: string;
  private url!: string;
  private boss!: PgBoss;
  private check!: pg.Client;
  private worker!: Child;

  constructor(
    private readonly context: BenchContext,
    private readonly mode: PgBossMode,
  ) {
    this.name = `pg-boss, ${mode}`;
  }

  async prepare(): Promise<void> {
    this.url = await emptyDatabase(this.context.stack.postgres, `boss_${randomBytes(4).toString('hex')}`);
    const boss = new PgBoss({ connectionString: this.url, max: 2, supervise: false, schedule: false });
    await boss.start();
    await boss.createQueue(QUEUE, { notify: this.mode !== 'fetch loop' });
    await boss.stop();
  }

  async start(): Promise<void> {
    this.boss = new PgBoss({ connectionString: this.url, max: PRODUCER_CONNECTIONS, supervise: false, schedule: false });
    this.boss.on('error', () => undefined);
    await this.boss.start();
    this.check = new pg.Client({ connectionString: this.url });
    await this.check.connect();
    this.worker = await Child.start(new URL('./pg-boss-worker.process.js', import.meta.url), { databaseUrl: this.url, mode: this.mode });
  }

  async enqueue(job: BenchJob): Promise<void> {
    await this.boss.send(QUEUE, { ...job });
  }

  async handled(count: number): Promise<void> {
    await this.worker.ask({ kind: 'handled', count }, 'handled');
  }

  async unfinished(): Promise<number> {
    const { rows } = await this.check.query<{ count: number }>(`SELECT count(*)::int AS count FROM pgboss.job WHERE name = '${QUEUE}' AND state < 'completed'`);
    return rows[0]?.count ?? 0;
  }

  async latencies(): Promise<number[]> {
    return (await this.worker.ask({ kind: 'latencies' }, 'latencies')).waits as number[];
  }

  processes(): { name: string; pid: number }[] {
    return [{ name: 'worker', pid: this.worker.pid }];
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.boss.stop({ graceful: false });
    await this.check.end();
  }
}
