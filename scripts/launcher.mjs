import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPorts, Guard, lockFolder, makeOpenFolder, Supervisor, statusOf, stopMarked } from '../packages/stack/src/index.mjs';
import { takeFirstSteps } from './first-steps.mjs';
import { captureNode } from './processes.mjs';
import { say, UserError } from './progress.mjs';
import { RunFile } from './run-file.mjs';
import { embeddedServers, openServers } from './servers.mjs';
import { crawlAllow, devJwtSecret, LAUNCH_MARK, SERVICES, servicePorts, serviceProcess, sharedEnvironment, sourceRoots } from './services.mjs';

const READY_WITHIN_MS = 120_000;

/** Brings a local system up, keeps it up, and takes it down again. */
export class Launcher {
  #settings;
  #guard = new Guard();
  #supervisor = new Supervisor({ log: say });
  #abort = new AbortController();
  #runFile;
  #lock = null;
  #opening = Promise.resolve(null); // becomes the servers
  #services = [];

  /** @param settings of `localSettings`, with `env` for all children and `build(signal)`. */
  constructor(settings) {
    this.#settings = settings;
    this.#runFile = new RunFile(settings.home);
  }

  /** Resolves with what run.json says when everything is ready. */
  async start() {
    await this.#prepareHome();
    const servers = await this.#openAndBuild();
    await this.#migrate(servers);
    await this.#startServices(servers);
    const answer = await takeFirstSteps({ ...this.#settings, env: this.#fullEnvironment(servers), signal: this.#abort.signal });
    const facts = this.#facts(servers, answer);
    this.#runFile.write(facts);
    return facts;
  }

  /** Stops the services, then the servers. May be called at any moment, also while starting. */
  async stop() {
    this.#abort.abort();
    this.#supervisor.stop();
    await Promise.all(this.#services.map((service) => service.stop()));
    const servers = await this.#opening.catch(() => null);
    await servers?.stack?.stop();
    await this.#guard.close();
    if (!this.#lock) return; // another launcher has this home, and its run.json
    this.#runFile.remove();
    this.#lock.release();
  }

  /** For the impatient: kills the services now and leaves the servers to the guard. */
  abandon() {
    for (const service of this.#services) void service.kill();
  }

  async #prepareHome() {
    const { home, basePort } = this.#settings;
    for (const folder of [home, path.join(home, 'logs'), path.join(home, 'sources')]) makeOpenFolder(folder);
    this.#lock = lockFolder(home, 'launcher');
    this.#runFile.remove(); // of a launcher that was killed
    await stopMarked(LAUNCH_MARK, home);
    await findPorts(servicePorts(basePort));
  }

  async #openAndBuild() {
    const { env, home, basePort, build } = this.#settings;
    const names = embeddedServers(env);
    say(names.length > 0 ? `starting ${names.join(', ')} and building` : 'building');
    this.#opening = openServers({ env, home, basePort, guard: this.#guard });
    this.#opening.catch(() => this.#abort.abort()); // no need to finish the build
    const [servers, built] = await Promise.allSettled([this.#opening, build(this.#abort.signal)]);
    for (const { status, reason } of [servers, built]) if (status === 'rejected') throw reason;
    this.#superviseServers(servers.value);
    return servers.value;
  }

  async #migrate(servers) {
    const { root } = this.#settings;
    const env = { ...this.#sharedEnvironment(servers), DATABASE_OWNER_URL: servers.databaseUrls.DATABASE_OWNER_URL };
    const program = path.join(root, 'packages/common/dist/data/migrate-main.js');
    const { code, output } = await captureNode([program], { cwd: root, env, signal: this.#abort.signal });
    if (code !== 0) throw new UserError(`The database could not be migrated:\n${output.trimEnd()}`);
    say(`database: ${output.trim()}`);
  }

  async #startServices(servers) {
    this.#abort.signal.throwIfAborted();
    const common = { ...this.#settings, shared: this.#sharedEnvironment(servers), databaseUrls: servers.databaseUrls, guard: this.#guard };
    this.#services = SERVICES.map((service) => serviceProcess(service, common));
    say(`starting ${this.#services.map(({ name }) => name).join(', ')}`);
    await Promise.all(this.#services.map((service) => service.start()));
    for (const service of this.#services) this.#supervise(service);
    await Promise.all(this.#services.map((service) => this.#untilReady(service)));
    say('all services are ready');
  }

  // `for=traffic` first: it speaks for the process alone and is not cached, while a "down" of the full answer is.
  async #untilReady(service) {
    const base = `http://127.0.0.1:${servicePorts(this.#settings.basePort)[service.name]}/readyz`;
    const deadline = Date.now() + READY_WITHIN_MS;
    for (const url of [`${base}?for=traffic`, base]) await this.#untilOk(service, url, deadline);
  }

  async #untilOk(service, url, deadline) {
    while ((await statusOf(url, 3_000)) !== 200) {
      this.#abort.signal.throwIfAborted();
      if (Date.now() > deadline) throw new UserError(`${service.name} is not ready after ${READY_WITHIN_MS / 1000} s: ask ${url}, and see ${service.logFile}.`);
      await sleep(100);
    }
  }

  #superviseServers({ stack }) {
    for (const [name, unit] of Object.entries(stack?.units ?? {})) this.#supervise(unit, () => stack.start(name));
  }

  #supervise(unit, start) {
    this.#supervisor.watch(unit, start);
    unit.on('started', (pid) => this.#runFile.setPid(unit.name, pid));
  }

  #units(stack) {
    return [...this.#services, ...Object.values(stack?.units ?? {})];
  }

  #sharedEnvironment(servers) {
    return sharedEnvironment({ ...this.#settings, servers });
  }

  #fullEnvironment(servers) {
    return { ...this.#sharedEnvironment(servers), ...servers.databaseUrls, CAIRN_BASE_URL: this.#baseUrl('api') };
  }

  #baseUrl(service) {
    return `http://127.0.0.1:${servicePorts(this.#settings.basePort)[service]}`;
  }

  #facts({ stack, databaseUrls, environment }, { organisationId, apiKey }) {
    const { env, home } = this.#settings;
    return {
      baseUrl: this.#baseUrl('api'),
      searchUrl: this.#baseUrl('search'),
      dashboardUrl: `${this.#baseUrl('api')}/ui/`,
      organisationId,
      apiKey,
      devJwtSecret: devJwtSecret(env),
      databaseUrl: databaseUrls.DATABASE_URL,
      natsUrl: environment.NATS_URL,
      qdrantUrl: environment.QDRANT_URL,
      qdrantApiKey: environment.QDRANT_API_KEY ?? env.QDRANT_API_KEY,
      sourceRoots: sourceRoots(env, home),
      crawlAllow: crawlAllow(env),
      pids: { launcher: process.pid, ...NO_SERVERS, ...Object.fromEntries(this.#units(stack).map(({ name, pid }) => [name, pid])) },
    };
  }
}

// A server of somebody else has no pid that we know.
const NO_SERVERS = { postgres: null, nats: null, qdrant: null };
