import { randomBytes } from 'node:crypto';
import { makeWorkerUtils, type WorkerUtils } from 'graphile-worker';
import pg from 'pg';
import type { BenchContext } from '../core/bench.js';
import { Child } from '../core/child.js';
import { PRODUCER_CONNECTIONS } from './cairn.system.js';
import { emptyDatabase } from './empty-database.js';
import { QUIET } from './graphile-quiet.js';
import type { BenchJob, JobSystem } from './job-system.js';

export const TASK = 'bench';
export type GraphileMode = 'local queue' | 'default';

export class GraphileSystem implements JobSystem {
  readonly name: string;
  private url!: string;
  private pool!: pg.Pool;
  private utils!: WorkerUtils;
  private worker!: Child;

  constructor(
    private readonly context: BenchContext,
    private readonly mode: GraphileMode,
  ) {
    this.name = `graphile-worker, ${mode}`;
  }

  async prepare(): Promise<void> {
    this.url = await emptyDatabase(this.context.stack.postgres, `graphile_${randomBytes(4).toString('hex')}`);
    const utils = await makeWorkerUtils({ connectionString: this.url, logger: QUIET });
    await utils.migrate();
    await utils.release();
  }

  async start(): Promise<void> {
    this.pool = new pg.Pool({ connectionString: this.url, max: PRODUCER_CONNECTIONS });
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => void client.on('error', () => undefined));
    this.utils = await makeWorkerUtils({ pgPool: this.pool, logger: QUIET });
    this.worker = await Child.start(new URL('./graphile-worker.process.js', import.meta.url), { databaseUrl: this.url, mode: this.mode });
  }

  async enqueue(job: BenchJob): Promise<void> {
    await this.utils.addJob(TASK, { ...job });
  }

  async handled(count: number): Promise<void> {
    await this.worker.ask({ kind: 'handled', count }, 'handled');
  }

  async unfinished(): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>('SELECT count(*)::int AS count FROM graphile_worker._private_jobs');
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
    await this.utils.release();
    await this.pool.end();
  }
}
