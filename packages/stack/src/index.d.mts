import type { EventEmitter } from 'node:events';

export type ServerName = 'postgres' | 'nats' | 'qdrant';
export const SERVERS: readonly ServerName[];
export type PortName = 'postgres' | 'nats' | 'natsMonitor' | 'qdrant' | 'qdrantGrpc' | 'qdrantP2p';

/** One address per role; `ownerUrl` is for migrations only. */
export interface DatabaseUrls {
  readonly ownerUrl: string;
  readonly appUrl: string;
  readonly workerUrl: string;
  readonly dispatchUrl: string;
}

export interface PostgresFacts extends DatabaseUrls {
  readonly database: string;
  readonly superUrl: string;
  readonly port: number;
  readonly pid: number | null;
  readonly folder: string;
}

/** `url` carries user and password, but the JavaScript client ignores them there: pass `user` and `password` as options. */
export interface NatsFacts {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly monitorUrl: string;
  readonly port: number;
  readonly pid: number | null;
  readonly folder: string;
}

export interface QdrantFacts {
  readonly url: string;
  readonly apiKey: string;
  readonly grpcPort: number;
  readonly port: number;
  readonly pid: number | null;
  readonly folder: string;
}

/** What `describe()` gives, and what the file named by STACK_JSON holds during `npm test`. */
export interface StackFacts {
  readonly home: string;
  readonly postgres: PostgresFacts;
  readonly nats: NatsFacts;
  readonly qdrant: QdrantFacts;
}

export interface StackOptions {
  /** Where data, logs and passwords live; without it a temporary folder that goes at `stop()`, and at our death. */
  readonly home?: string;
  /** Wanted ports; free ones are found for the others. */
  readonly ports?: Partial<Record<PortName, number>>;
  readonly servers?: readonly ServerName[];
  /** Extra settings of Postgres, as `{ fsync: 'off' }`. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** A guard to share with services; otherwise the stack has its own. */
  readonly guard?: Guard;
  readonly log?: (line: string) => void;
}

/** Running servers. Those that were not asked for are null, which the types do not say. */
export interface Stack extends EventEmitter, StackFacts {
  readonly dataFolder: string;
  readonly units: Readonly<Record<ServerName, ManagedProcess>>;
  /** Resolves when the server is ready. */
  start(name: ServerName): Promise<void>;
  /** Stops one server in good order (`immediate`: as `pg_ctl -m immediate`); without a name, all servers and the stack. */
  stop(name?: ServerName, options?: { readonly immediate?: boolean }): Promise<void>;
  restart(name: ServerName): Promise<void>;
  /** A crash: SIGKILL, and resolves when the process is gone. */
  kill(name: ServerName, signal?: NodeJS.Signals): Promise<void>;
  pause(name: ServerName): Promise<void>;
  resume(name: ServerName): void;
  /** Kills NATS or Qdrant and deletes all that it stored; `start` then starts it empty. */
  wipe(name: 'nats' | 'qdrant'): Promise<void>;
  /** Plain data, with passwords. */
  describe(): StackFacts;
}

export function startStack(options?: StackOptions): Promise<Stack>;

/** Stops what it watches when this process ends, by whatever way. */
export class Guard {
  watch(pid: number, stopSignal: string): Promise<void>;
  forget(pid: number): Promise<void>;
  removeAtDeath(folder: string): Promise<void>;
  close(): Promise<void>;
}

export interface ManagedProcessSpec {
  readonly name: string;
  readonly logFile: string;
  command(): { file: string; args: readonly string[]; env: NodeJS.ProcessEnv; cwd: string; identity?: { uid?: number; gid?: number } };
  isReady?(): Promise<boolean>;
  beforeStart?(): Promise<void>;
  onOutput?(text: string): void;
  /** Signals to try in order, each with its patience in milliseconds; SIGKILL comes last. */
  readonly stopSteps?: readonly (readonly [signal: string, patienceMs: number])[];
  readonly startTimeoutMs?: number;
  readonly guard?: Guard;
}

export interface EndNotice {
  readonly code: number | null;
  readonly signal: string | null;
  readonly expected: boolean;
  readonly whileStarting: boolean;
}

/** One server or service. Emits `started` (pid) and `exit` (EndNotice). */
export class ManagedProcess extends EventEmitter {
  constructor(spec: ManagedProcessSpec);
  readonly name: string;
  readonly pid: number | null;
  readonly running: boolean;
  readonly starting: boolean;
  readonly startedAt: number;
  readonly logFile: string;
  readonly exited: Promise<EndNotice | undefined>;
  start(): Promise<void>;
  stop(options?: { readonly steps?: ManagedProcessSpec['stopSteps'] }): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
  restart(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
}

/** True for a process as `SIGSTOP` leaves it: it exists, and none of its threads does anything. */
export function standsStill(pid: number): boolean;

/** The roles that `prepareDatabase` creates, by the name of their address. */
export const ROLES: Readonly<Record<keyof DatabaseUrls, string>>;

/** Creates roles and database on a server, as far as they are missing; fails with advice when the role may not. */
export function prepareDatabase(
  adminUrl: string,
  options?: { readonly passwords?: Readonly<Record<string, string>> },
): Promise<DatabaseUrls & { database: string }>;

export function canConnect(url: string): Promise<boolean>;
/** A text that differs for every database that was ever made, also for one made anew under the same address. */
export function databaseIdentity(url: string): Promise<string>;

/** All addresses turned to another database of the same server. */
export function urlsForDatabase<T extends Partial<DatabaseUrls & { superUrl: string }>>(
  urls: T,
  database: string,
): { [K in keyof T & ('superUrl' | keyof DatabaseUrls)]: string };
/** The database that an address names, or '' when it names none or `postgres`. */
export function databaseOf(url: string): string;
export function withDatabase(url: string, database: string): string;
export function withUser(url: string, user: string, password: string): string;
export function withoutPassword(url: string): string;

/** Something that the user can put right; the message says how. */
export class StackError extends Error {}
export class PortBusyError extends StackError {
  readonly port: number;
}
/** A free port per name: the number that is given, or any for `undefined`. */
export function findPorts<T extends string>(wanted: Readonly<Record<T, number | undefined>>): Promise<Record<T, number>>;

export class LockedError extends StackError {
  readonly pid: number;
}
export function lockFolder(folder: string, name: string): { readonly file: string; release(): void };
export function lockHolder(folder: string, name: string): number | null;
/** Creates a folder, if it is missing, that others may pass through but not list. */
export function makeOpenFolder(folder: string): string;
export function isAlive(pid: number): boolean;
export function statusOf(url: string, timeoutMs?: number): Promise<number | null>;
export function tailOf(file: string, offset?: number, lines?: number): string;
export function writePrivately(file: string, text: string): void;

/** Starts again what died without being asked to, with a wait that doubles up to a maximum. */
export class Supervisor {
  constructor(options?: { readonly log?: (line: string) => void; readonly backoff?: Partial<Backoff> });
  watch(unit: ManagedProcess, start?: () => Promise<void>): void;
  /** From now on the dead stay dead. */
  stop(): void;
}
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that lived this long begins again with the shortest wait. */
  readonly resetAfterMs: number;
}
export function restartDelay(failures: number, backoff?: Pick<Backoff, 'firstMs' | 'maxMs'>): number;
/** Stops the processes that carry `name=value` in the environment they were started with. */
export function stopMarked(name: string, value: string, patienceMs?: number): Promise<void>;
