import { Pool } from 'undici';
import type { CollectionTenant } from '../corpus/collections.js';
import { type Tenant, tokenOf } from '../corpus/tenants.js';
import type { Searcher } from './paced.js';
import type { Question } from './reference.process.js';

export const LIMIT = 10;

export type Mode = 'dense' | 'hybrid';

/** A service over kept-alive connections. */
export class ServiceClient {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool(url, { connections: 16 });
  }

  async post<T>(path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
    const all = { 'content-type': 'application/json', ...headers };
    const answer = await this.pool.request({ method: 'POST', path, headers: all, body: JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`POST ${path} was answered ${answer.statusCode}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

interface Answer {
  results: unknown[];
}

/** Headers by tenant: a token is signed once, as a client keeps it. */
export function headersOf(tenants: readonly Tenant[]): (tenant: Tenant) => Record<string, string> {
  const tokens = new Map(tenants.map((tenant) => [tenant.scope.orgId, tokenOf(tenant)]));
  return ({ scope }) => ({ authorization: `Bearer ${tokens.get(scope.orgId)}` });
}

/** Our search of single vectors, asked as a client asks it: token, checks, Postgres' word on every hit. */
export function vectorSearch(client: ServiceClient, tenants: readonly Tenant[]): Searcher<Tenant> {
  const headers = headersOf(tenants);
  const ask = async (tenant: Tenant, query: string) => (await client.post<Answer>('/vectors/search', { query, limit: LIMIT }, headers(tenant))).results.length;
  return { name: 'Cairn search service', ask };
}

/** Our search of a collection, with all that it says of a hit. */
export function collectionSearch(client: ServiceClient, tenants: readonly CollectionTenant[], mode: Mode): Searcher<CollectionTenant> {
  const headers = headersOf(tenants);
  const ask = async (tenant: CollectionTenant, query: string) => {
    const body = { query, collection_uuids: [tenant.collectionId], k: LIMIT, search_mode: mode };
    return (await client.post<Answer>('/api/v2/search', body, headers(tenant))).results.length;
  };
  return { name: `Cairn, ${mode}`, ask };
}

/** The reference service, asked for the same. */
export function reference<T extends Tenant & { indexId?: string }>(client: ServiceClient, mode: Mode, name: string): Searcher<T> {
  const ask = async ({ scope, indexId }: T, query: string) => {
    const question: Question = { org_id: scope.orgId, ...(indexId === undefined ? {} : { index_id: indexId }), query, limit: LIMIT, mode };
    return (await client.post<Answer>('/', question)).results.length;
  };
  return { name, ask };
}
