import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Guard, standsStill } from '@cairn/stack';
import { Hopeless, until } from './wait.js';

export const SERVICES = { api: 'api', search: 'search', dispatcher: 'outbox-dispatcher', worker: 'embedding-worker' } as const;
export type ServiceName = keyof typeof SERVICES;

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PRELOAD = `${ROOT}packages/common/dist/telemetry/preload.js`;
const PLANT = `${ROOT}packages/testkit/plant.mjs`;

export interface ServiceProcessOptions {
  name: ServiceName;
  env: Record<string, string>;
  port: number;
  logFile: string;
  /** Ends the process when we end, by whatever way. */
  guard?: Guard;
}

/** One of our services as a process of its own, started the way `npm start` starts it. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private startedWith = '{}';

  constructor(readonly options: ServiceProcessOptions) {}

  get pid(): number {
    const pid = this.child?.pid;
    if (pid === undefined) throw new Error(`${this.options.name} is not running`);
    return pid;
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.port}`;
  }

  get running(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** True for a process as `SIGSTOP` leaves it: it exists and does nothing. */
  get frozen(): boolean {
    return this.running && standsStill(this.pid);
  }

  /** True when the process runs and was started with these variables and no others. */
  runsWith(env: Record<string, string>): boolean {
    return this.running && this.startedWith === JSON.stringify({ ...this.options.env, ...env });
  }

  /** What it wrote to its log so far. */
  log(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  start(env: Record<string, string> = {}): void {
    if (this.child?.pid !== undefined) void this.options.guard?.forget(this.child.pid);
    this.startedWith = JSON.stringify({ ...this.options.env, ...env });
    const merged = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...this.options.env, ...env, PORT: String(this.options.port) };
    const imports = ['--import', PRELOAD, ...('CAIRN_PLANT' in merged ? ['--import', PLANT] : [])];
    const main = `${ROOT}apps/${SERVICES[this.options.name]}/dist/main.js`;
    this.child = spawn(process.execPath, [...imports, main], { env: merged, stdio: ['ignore', 'pipe', 'pipe'] });
    if (this.child.pid !== undefined) void this.options.guard?.watch(this.child.pid, 'SIGKILL');
    const log = createWriteStream(this.options.logFile, { flags: 'a' });
    this.child.stdout?.pipe(log, { end: false });
    this.child.stderr?.pipe(log, { end: false });
  }

  async ready(withinMs = 60_000): Promise<void> {
    await until(
      `${this.options.name} to be ready (log: ${this.options.logFile})`,
      async () => {
        if (!this.running) throw new Hopeless(`${this.options.name} ended with ${this.child?.exitCode ?? this.child?.signalCode}`);
        return (await fetch(`${this.url}/readyz?for=traffic`, { signal: AbortSignal.timeout(1_000) })).ok;
      },
      withinMs,
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Stops the process in its tracks; it resolves when it stands still. */
  async freeze(): Promise<void> {
    this.signal('SIGSTOP');
    await until(`${this.options.name} to stand still`, async () => this.frozen);
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** Resolves when the process is gone; with what it ended by. */
  async gone(withinMs = 30_000): Promise<number | NodeJS.Signals> {
    const child = this.child as ChildProcess;
    await until(`${this.options.name} to end`, async () => !this.running, withinMs);
    return child.exitCode ?? (child.signalCode as NodeJS.Signals);
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    this.signal('SIGKILL');
    await this.gone();
  }
}
