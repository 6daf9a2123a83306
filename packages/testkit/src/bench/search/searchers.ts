import { Pool } from 'undici';
import { devToken } from '../../system/api-client.js';
import type { Tenant } from './corpus.js';

export const LIMIT = 10;

/** One way of answering a question; resolves with how many results it gave. */
export interface Searcher {
  name: string;
  ask(tenant: Tenant, query: string): Promise<number>;
}

interface Answer {
  results: unknown[];
}

/** Our search service, asked as a client asks it: token, checks, Postgres' word on every hit. */
export function searchService(url: string, tenants: readonly Tenant[]): Searcher & { close(): Promise<void> } {
  const pool = new Pool(url, { connections: 16 });
  const tokens = new Map(tenants.map(({ scope }) => [scope.orgId, devToken({ org: scope.orgId, sub: '00000000-0000-4000-8000-000000000001' })]));
  const ask = async ({ scope }: Tenant, query: string) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens.get(scope.orgId)}` };
    return resultsOf(await pool.request({ method: 'POST', path: '/vectors/search', headers, body: JSON.stringify({ query, limit: LIMIT }) }));
  };
  return { name: 'Cairn search service', ask, close: () => pool.close() };
}

export function referenceService(url: string): Searcher & { close(): Promise<void> } {
  const pool = new Pool(url, { connections: 16 });
  const ask = async ({ scope }: Tenant, query: string) => {
    const body = JSON.stringify({ org_id: scope.orgId, query, limit: LIMIT });
    return resultsOf(await pool.request({ method: 'POST', path: '/', headers: { 'content-type': 'application/json' }, body }));
  };
  return { name: 'node:http, same embedding, raw Qdrant', ask, close: () => pool.close() };
}

async function resultsOf({ statusCode, body }: { statusCode: number; body: { text(): Promise<string> } }): Promise<number> {
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`a search was answered ${statusCode}: ${text.slice(0, 300)}`);
  return (JSON.parse(text) as Answer).results.length;
}
