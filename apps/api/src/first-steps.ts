import 'reflect-metadata';
import { createApiKey, createDataSource, Database, newId, type OrgId, scopeOfOperator, type TenantScope } from '@cairn/common';

// What `npm start` does once the services are ready: an organisation with a key, a few texts, and one search by meaning.

const SAMPLE_ASSET = 'first-steps';
const SAMPLE = [
  'The lighthouse keeper lit the lamp every evening before the ships came home.',
  'Bread rises because yeast turns sugar into gas.',
  'A cat slept on the warm bonnet of the car all afternoon.',
  'The court ruled that the contract was void.',
  'Glaciers carve valleys as they slide towards the sea.',
  'Her violin had been repaired twice, and it sang all the same.',
];
const QUESTION = 'an animal taking a nap';
const PATIENCE_MS = 60_000;

interface Access {
  organisationId: string;
  apiKey: string;
}

async function main(): Promise<void> {
  const baseUrl = required('CAIRN_BASE_URL');
  const access = knownAccess() ?? (await createAccess(required('DATABASE_URL')));
  const call = caller(baseUrl, access.apiKey);
  const { job_id } = await call<{ job_id: string }>('POST', '/vectors/embed/batch', {
    asset_id: SAMPLE_ASSET,
    segments: SAMPLE.map((text, index) => ({ segment_id: `line-${index + 1}`, text })),
  });
  await finished(call, job_id);
  const found = await call<{ results: { score: number; payload: { segment_id: string } }[] }>('POST', '/vectors/search', {
    query: QUESTION,
    limit: 1,
    filter: { asset_id: SAMPLE_ASSET },
  });
  tell(found.results[0]);
  console.log(JSON.stringify(access));
}

function tell(hit: { score: number; payload: { segment_id: string } } | undefined): void {
  const line = Number(hit?.payload.segment_id.replace('line-', '')) - 1;
  if (!hit || !SAMPLE[line]) throw new Error('the sample was embedded and the search found nothing of it');
  console.log(`asked for:  "${QUESTION}"`);
  console.log(`found:      "${SAMPLE[line]}" (score ${hit.score.toFixed(2)}, of ${SAMPLE.length} sentences; no word in common)`);
}

function knownAccess(): Access | undefined {
  const { CAIRN_ORGANISATION_ID: organisationId, CAIRN_API_KEY: apiKey } = process.env;
  return organisationId && apiKey ? { organisationId, apiKey } : undefined;
}

async function createAccess(databaseUrl: string): Promise<Access> {
  const source = await createDataSource({ url: databaseUrl, applicationName: 'cairn-first-steps', poolSize: 1 }).initialize();
  try {
    const scope: TenantScope = scopeOfOperator({ orgId: newId<OrgId>() });
    const { key } = await new Database(source).tenant(scope, async (sql) => {
      await sql.rows('INSERT INTO organisations (id, name) VALUES ($1, $2)', [scope.orgId, 'First organisation']);
      return createApiKey(sql, scope, { name: 'first key', scopes: ['admin'] });
    });
    return { organisationId: scope.orgId, apiKey: key };
  } finally {
    await source.destroy();
  }
}

type Call = <T>(method: string, path: string, body?: object) => Promise<T>;

function caller(baseUrl: string, apiKey: string): Call {
  return async <T>(method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${apiKey}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const answer = await fetch(`${baseUrl}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  };
}

async function finished(call: Call, jobId: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const job = await call<{ status: string; error: string | null }>('GET', `/jobs/${jobId}`);
    if (job.status === 'completed') return;
    if (job.status === 'failed' || job.status === 'canceled') throw new Error(`the sample could not be embedded: ${job.error}`);
  }
  throw new Error(`the sample was not embedded within ${PATIENCE_MS / 1_000} s`);
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
