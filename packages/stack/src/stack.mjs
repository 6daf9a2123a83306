import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Guard } from './guard.mjs';
import { serverIdentity } from './identity.mjs';
import { stopLeftovers } from './leftovers.mjs';
import { lockFolder } from './lock.mjs';
import { natsServer } from './nats.mjs';
import { dataFolderOf, temporaryHome } from './places.mjs';
import { findPorts } from './ports.mjs';
import { postgresServer } from './postgres.mjs';
import { qdrantServer } from './qdrant.mjs';
import { prepareDatabase } from './roles.mjs';
import { secretsOf } from './secrets.mjs';

export const SERVERS = Object.freeze(['postgres', 'nats', 'qdrant']);

const PROGRAM_OF = { postgres: 'postgres', nats: 'nats-server', qdrant: 'qdrant' };
const PORTS_OF = { postgres: ['postgres'], nats: ['nats', 'natsMonitor'], qdrant: ['qdrant', 'qdrantGrpc', 'qdrantP2p'] };

/**
 * Starts real servers on 127.0.0.1 and resolves when all are ready and the database has its roles.
 *
 * @param home where data, logs and passwords live; without it a temporary folder that goes at `stop()` (and at our death).
 * @param ports wanted ports by name (`postgres, nats, natsMonitor, qdrant, qdrantGrpc, qdrantP2p`); missing ones are free ones.
 * @param servers which of them to start.
 * @param postgresSettings extra settings of Postgres, by name.
 * @param guard a guard to share; otherwise the stack has its own.
 * @param log receives a line when something happened.
 */
export async function startStack({ home, ports = {}, servers = SERVERS, postgresSettings = {}, guard, log = () => {} } = {}) {
  const identity = serverIdentity();
  const plan = { identity, wanted: ports, names: servers, postgresSettings, log, ownGuard: !guard, guard: guard ?? new Guard(), temporary: !home };
  plan.home = home ? path.resolve(home) : temporaryHome(identity);
  const stack = new Stack(plan);
  try {
    await stack.open();
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/** Running servers. `postgres`, `nats` and `qdrant` describe them; the methods control one by its name. */
class Stack extends EventEmitter {
  #plan;
  #units = {};
  #lock = null;

  constructor(plan) {
    super();
    this.#plan = plan;
    this.home = plan.home;
    this.postgres = this.nats = this.qdrant = null;
  }

  async open() {
    const { home, temporary, guard, names, identity, log } = this.#plan;
    if (temporary) await guard.removeAtDeath(home);
    this.dataFolder = dataFolderOf(home, identity);
    this.#lock = lockFolder(home, 'stack');
    if (!this.dataFolder.startsWith(home)) log(`the servers' user cannot reach ${home}; the data is in ${this.dataFolder}`);
    // Before the ports are looked at: servers of a launcher that was killed may still hold them for a moment.
    await Promise.all(names.map((name) => stopLeftovers(path.join(this.dataFolder, name), PROGRAM_OF[name])));
    await this.#build(names);
    await Promise.all(names.map((name) => this.start(name)));
  }

  /** The controllable processes, by name: for a supervisor. */
  get units() {
    return { ...this.#units };
  }

  async start(name) {
    const begun = Date.now();
    await this.#unit(name).start();
    if (name === 'postgres') await this.#prepare();
    this.#plan.log(`${name} is ready on port ${this[name].port} (${Date.now() - begun} ms)`);
  }

  /** Stops one server, or, without a name, all of them and the stack itself. `immediate` is Postgres' own crash stop. */
  async stop(name, { immediate = false } = {}) {
    if (!name) return this.#close();
    await this.#unit(name).stop(immediate ? { steps: [['SIGQUIT', 5_000]] } : undefined);
  }

  async restart(name) {
    await this.stop(name);
    await this.start(name);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(name, signal = 'SIGKILL') {
    await this.#unit(name).kill(signal);
  }

  async pause(name) {
    await this.#unit(name).pause();
  }

  resume(name) {
    this.#unit(name).resume();
  }

  /** Kills a bell or a cache and deletes all that it stored; `start(name)` then starts it empty. */
  async wipe(name) {
    if (name === 'postgres') throw new Error('The database is the only truth: it is not wiped. Start a stack in another home.');
    await this.kill(name);
    fs.rmSync(this[name].folder, { recursive: true, force: true });
  }

  /** All addresses and pids as plain data. Contains passwords. */
  describe() {
    return JSON.parse(JSON.stringify({ home: this.home, postgres: this.postgres, nats: this.nats, qdrant: this.qdrant }));
  }

  async #build(names) {
    const { home, identity, guard, wanted, postgresSettings } = this.#plan;
    const secrets = secretsOf(home, this.dataFolder);
    const wantedPorts = Object.fromEntries(names.flatMap((name) => PORTS_OF[name]).map((port) => [port, wanted[port]]));
    const common = { dataFolder: this.dataFolder, logsFolder: path.join(home, 'logs'), identity, guard };
    const ports = await findPorts(wantedPorts);
    const builders = {
      postgres: () => postgresServer({ ...common, port: ports.postgres, password: secrets.postgres, settings: postgresSettings }),
      nats: () => natsServer({ ...common, ports, password: secrets.nats }),
      qdrant: () => qdrantServer({ ...common, ports, apiKey: secrets.qdrant }),
    };
    for (const name of names) this.#add(name, ports[name], builders[name]());
  }

  #add(name, port, { server, ...facts }) {
    this.#units[name] = server;
    const described = { ...facts, port };
    Object.defineProperty(described, 'pid', { enumerable: true, get: () => server.pid });
    this[name] = described;
    server.on('started', () => this.emit('change', name));
    server.on('exit', () => this.emit('change', name));
  }

  async #prepare() {
    if (this.postgres.ownerUrl) return;
    const urls = await prepareDatabase(this.postgres.superUrl, { passwords: secretsOf(this.home, this.dataFolder) });
    Object.assign(this.postgres, urls);
  }

  #unit(name) {
    const unit = this.#units[name];
    if (!unit) throw new Error(`This stack has no server ${name}; it has ${Object.keys(this.#units).join(', ')}.`);
    return unit;
  }

  async #close() {
    const { guard, ownGuard, temporary, home } = this.#plan;
    await Promise.all(Object.values(this.#units).map((unit) => unit.stop()));
    if (ownGuard) await guard.close();
    this.#lock?.release();
    if (temporary) fs.rmSync(home, { recursive: true, force: true });
  }
}
