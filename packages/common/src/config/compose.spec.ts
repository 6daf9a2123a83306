import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

// deploy/compose.yml against the configuration classes, without containers.

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

interface Container {
  image: string;
  command?: string[];
  user?: string;
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  ports?: string[];
  networks?: string[];
  volumes?: string[];
  privileged?: boolean;
  healthcheck?: { test?: string[]; disable?: boolean };
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
}

const compose = parse(readFileSync(`${ROOT}deploy/compose.yml`, 'utf8'), { merge: true }) as {
  services: Record<string, Container>;
  networks: Record<string, { internal?: boolean }>;
};

const CONFIG: Record<string, string> = {
  api: 'apps/api/dist/api.config.js#ApiConfig',
  search: 'apps/search/dist/search.config.js#SearchConfig',
  dispatcher: 'apps/outbox-dispatcher/dist/dispatcher.config.js#DispatcherConfig',
  worker: 'apps/embedding-worker/dist/worker.config.js#WorkerConfig',
};
const OURS = [...Object.keys(CONFIG), 'migrate', 'first-steps'];
// Workers read installed models; a command writes them. Files go from the api to the workers.
const BLOBS = 'blobs:/var/lib/cairn/blobs';
const VOLUMES: Record<string, string[]> = { api: [BLOBS], worker: ['models:/var/lib/cairn/models:ro', BLOBS] };
const STORES = ['postgres', 'nats', 'qdrant'];
// Read by the preload, before any configuration class exists.
const PRELOAD = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'CAIRN_TRACE_RATIO', 'CAIRN_SERVICE'];

const container = (name: string): Container => compose.services[name] as Container;

/** What make-env.mjs writes, as names and values. */
function madeEnv(): Record<string, string> {
  const script = `import { renderEnv } from ${JSON.stringify(`${ROOT}deploy/make-env.mjs`)}; process.stdout.write(renderEnv());`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  return Object.fromEntries([...stdout.matchAll(/^([A-Z_]+)=(.*)$/gm)].map((match) => [match[1], match[2]]));
}

const PRODUCTION = {
  CAIRN_ENV: 'production',
  AUTH_PROVIDER: 'jwks',
  AUTH_JWKS_URL: 'https://id.example.org/.well-known/jwks.json',
  AUTH_ISSUER: 'https://id.example.org/',
};

/** As compose interpolates: `${NAME:-default}` and `${NAME:?message}`. */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, kind: string | undefined, rest: string | undefined) => {
    if (env[name]) return env[name];
    if (kind === '-') return rest ?? '';
    throw new Error(`${name} is not set: ${rest}`);
  });
}

function environmentOf(name: string, env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(container(name).environment ?? {}).map(([key, value]) => [key, interpolate(value, env)]));
}

interface Judgement {
  /** Names of the variables that the service reads. */
  reads: string[];
  problems: { name: string; message: string }[];
}

// In a process of its own: the built services are ES modules with decorators of their own.
const JUDGE = `
import { readFileSync } from 'node:fs';
const { root, cases } = JSON.parse(readFileSync(0, 'utf8'));
const { loadConfig } = await import(root + 'packages/common/dist/config/load-config.js');
const { partsOf, variablesOf } = await import(root + 'packages/common/dist/config/env.decorator.js');
const reads = (t) => [...variablesOf(t).flatMap((v) => [v.name, ...(v.secret ? [v.name + '_FILE'] : [])]), ...partsOf(t).flatMap((p) => reads(p.type))];
function judge(Config, env) {
  try { loadConfig(Config, env); } catch (error) { if (error.problems) return error.problems; throw error; }
  return [];
}
const answers = [];
for (const { file, type, env } of cases) {
  const Config = (await import(root + file))[type];
  answers.push({ reads: reads(Config), problems: judge(Config, env) });
}
process.stdout.write(JSON.stringify(answers));
`;

/** What the configuration class of each service says about the environment that compose would give it. */
function judgeAll(env: Record<string, string>): Record<string, Judgement> {
  const cases = Object.entries(CONFIG).map(([name, place]) => {
    const [file, type] = place.split('#');
    return { file, type, env: environmentOf(name, env) };
  });
  const input = JSON.stringify({ root: ROOT, cases });
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', JUDGE], { encoding: 'utf8', input });
  if (!stdout) throw new Error(stderr);
  const answers = JSON.parse(stdout) as Judgement[];
  return Object.fromEntries(Object.keys(CONFIG).map((name, index) => [name, answers[index] as Judgement]));
}

const problemsOf = (judgements: Record<string, Judgement>) =>
  Object.entries(judgements).flatMap(([service, { problems }]) => problems.map(({ name }) => `${service}: ${name}`));

describe('deploy/compose.yml', () => {
  it('gives each service only variables that it reads, and all that it needs', () => {
    const judgements = judgeAll(madeEnv());
    expect(problemsOf(judgements)).toEqual([]);
    for (const [name, { reads }] of Object.entries(judgements)) {
      const unread = Object.keys(container(name).environment ?? {}).filter((key) => !reads.includes(key) && !PRELOAD.includes(key));
      expect({ name, unread }).toEqual({ name, unread: [] });
    }
  });

  it('starts in production too, once an identity provider is named', () => {
    expect(problemsOf(judgeAll({ ...madeEnv(), ...PRODUCTION }))).toEqual([]);
  });

  it('is not a local system by default: without an identity provider no service that serves callers starts', () => {
    const { CAIRN_ENV: _env, AUTH_PROVIDER: _provider, ...secrets } = madeEnv();
    expect(problemsOf(judgeAll(secrets))).toEqual(['api: AUTH_JWKS_URL', 'api: AUTH_ISSUER', 'search: AUTH_JWKS_URL', 'search: AUTH_ISSUER']);
  });

  it('has no secret of its own: each must be given', () => {
    const text = JSON.stringify(compose);
    const secrets = Object.keys(madeEnv()).filter((name) => /PASSWORD|SECRET|KEY/.test(name) && name !== 'DEV_JWT_SECRET');
    for (const name of secrets) expect(text).toContain(`\${${name}:?`);
    for (const name of [...OURS, ...STORES]) expect(() => environmentOf(name, {})).toThrow('make-env');
  });

  it('makes secrets that differ, that are long, and that addresses and configuration files take as they are', () => {
    const values = [...Object.values(madeEnv()), ...Object.values(madeEnv())].filter((value) => value.length > 20);
    expect(new Set(values).size).toBe(values.length);
    expect(values).toHaveLength(20);
    // Or bytes of a key, which no address and no configuration file has to take.
    for (const value of values) expect(value).toMatch(/^([a-z][0-9a-z]{40,}|[0-9a-f]{64})$/);
  });

  it.each(OURS)('runs %s without root, privileges, or a place to write', (name) => {
    const { user, read_only, tmpfs, cap_drop, security_opt, privileged, volumes } = container(name);
    expect({ user, read_only, cap_drop, security_opt }).toEqual({
      user: '10001:10001',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(tmpfs?.[0]).toMatch(/^\/tmp:.*noexec/);
    expect([privileged, volumes]).toEqual([undefined, VOLUMES[name]]);
  });

  it('names programs that are built', () => {
    for (const name of OURS) expect({ name, there: existsSync(`${ROOT}${container(name).command?.[0]}`) }).toEqual({ name, there: true });
  });

  it('pins every server, and Qdrant at 1.19 or newer', () => {
    for (const name of STORES) expect(container(name).image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
    const [major = 0, minor = 0] = /:v(\d+)\.(\d+)/.exec(container('qdrant').image)?.slice(1).map(Number) ?? [];
    expect(major * 1_000 + minor).toBeGreaterThanOrEqual(1_019);
    expect(container('qdrant').environment?.QDRANT__CLUSTER__ENABLED).toBe('true');
  });

  it('shows the outside only the api, and only on this machine', () => {
    const open = Object.entries(compose.services).filter(([, { ports }]) => ports !== undefined);
    expect(open.map(([name]) => name)).toEqual(['api']);
    expect(interpolate(container('api').ports?.[0] ?? '', {})).toBe('127.0.0.1:8000:8000');
  });

  it('keeps the servers in networks of their own that lead nowhere', () => {
    const members = (network: string) => Object.keys(compose.services).filter((name) => container(name).networks?.includes(network));
    expect(STORES.map((name) => container(name).networks)).toEqual([['database'], ['bus'], ['vectors']]);
    expect(Object.entries(compose.networks).filter(([, network]) => !network.internal)).toEqual([['edge', {}]]);
    expect(members('edge')).toEqual(['api', 'search', 'models', 'first-steps']);
  });

  it('asks every service that stays whether it may be sent requests, and starts none before the schema is there', () => {
    for (const name of Object.keys(CONFIG)) {
      expect(container(name).healthcheck?.test).toContain('/readyz?for=traffic');
      expect(container(name).depends_on?.migrate).toEqual({ condition: 'service_completed_successfully' });
    }
  });
});
