import 'reflect-metadata';
import { createApiKey, createDataSource, Database, newId, type OrgId, scopeOfOperator, type TenantScope } from '@cairn/common';

// What `npm start` does once the services are ready: an organisation with a key, a collection with a few documents, and one search by meaning.

const COLLECTION = 'First steps';
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
  const id = await sampleCollection(call);
  const { operation_id } = await call<{ operation_id: string }>('POST', `/api/v2/collections/${id}/documents`, {
    documents: SAMPLE.map((text, index) => ({ external_id: `line-${index + 1}`, text })),
  });
  await finished(call, operation_id);
  const found = await call<{ results: Hit[] }>('POST', '/api/v2/search', { query: QUESTION, k: 1, search_mode: 'dense', collection_uuids: [id] });
  tell(found.results[0]);
  console.log(JSON.stringify(access));
}

interface Hit {
  score: number;
  text: string;
}

/** The collection of the sample: the one of an earlier start, if it is there. */
async function sampleCollection(call: Call): Promise<string> {
  const { collections } = await call<{ collections: { id: string; name: string }[] }>('GET', `/api/v2/collections?search=${encodeURIComponent(COLLECTION)}`);
  const known = collections.find(({ name }) => name === COLLECTION);
  return known?.id ?? (await call<{ id: string }>('POST', '/api/v2/collections', { name: COLLECTION, description: 'Six sentences to try a search with.' })).id;
}

function tell(hit: Hit | undefined): void {
  if (!hit || !SAMPLE.includes(hit.text)) throw new Error('the sample was indexed and the search found nothing of it');
  console.log(`asked for:  "${QUESTION}"`);
  console.log(`found:      "${hit.text}" (score ${hit.score.toFixed(2)}, of ${SAMPLE.length} sentences; no word in common)`);
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
      return createApiKey(sql, { scope, userId: null, role: null }, { name: 'first key', scopes: ['admin'] });
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

async function finished(call: Call, operationId: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const operation = await call<{ status: string; error_message: string | null }>('GET', `/api/v2/operations/${operationId}`);
    if (operation.status === 'completed') return;
    if (operation.status !== 'pending' && operation.status !== 'processing') throw new Error(`the sample could not be indexed: ${operation.error_message}`);
  }
  throw new Error(`the sample was not indexed within ${PATIENCE_MS / 1_000} s`);
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
