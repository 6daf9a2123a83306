import { createHmac, randomUUID } from 'node:crypto';

export interface Person {
  org: string;
  sub: string;
}

export interface Reply<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
}

export interface JobReply {
  id: string;
  status: string;
  raw_status: string;
  stage: string;
  progress: number;
  result: Record<string, unknown> | null;
  error: string | null;
  attempt: number;
  events: { seq: number; status: string; stage: string; progress: number; at: string }[];
  attempts: { n: number; fence: number; worker: string; outcome: string | null }[];
}

export interface SearchReply {
  results: { point_id: string; score: number; payload: Record<string, string> }[];
  total: number;
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const ENDED = ['completed', 'failed', 'canceled'];

export const DEV_SECRET = 'local-dev-secret';

export function newPerson(): Person {
  return { org: randomUUID(), sub: randomUUID() };
}

export function devToken(person: Person, claims: object = {}, secret = DEV_SECRET): string {
  const now = Math.floor(Date.now() / 1_000);
  const head = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64({ sub: person.sub, org_id: person.org, iat: now, exp: now + 3_600, ...claims })}`;
  return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
}

/** A client of the HTTP interface that knows nothing of the inside. */
export class ApiClient {
  constructor(
    readonly baseUrl: string,
    readonly person: Person = newPerson(),
    private readonly token: string = devToken(person),
  ) {}

  as(person: Person): ApiClient {
    return new ApiClient(this.baseUrl, person);
  }

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply<T>> {
    const isForm = body instanceof FormData;
    const answer = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text ? JSON.parse(text) : undefined) as T };
  }

  /** The body of an answer that has to be a success. */
  async ok<T = Record<string, unknown>>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
    const reply = await this.call<T>(method, path, body, headers);
    if (reply.status >= 300) throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  async embed(assetId: string, segmentId: string, text: string, headers?: Record<string, string>): Promise<string> {
    return (await this.ok<{ job_id: string }>('POST', '/vectors/embed', { asset_id: assetId, segment_id: segmentId, text }, headers)).job_id;
  }

  job(id: string): Promise<JobReply> {
    return this.ok<JobReply>('GET', `/jobs/${id}`);
  }

  /** The job when it has ended, however. Errors on the way are waited out. */
  async ended(id: string, withinMs = 60_000): Promise<JobReply> {
    const deadline = Date.now() + withinMs;
    let seen = 'nothing';
    for (;;) {
      try {
        const job = await this.job(id);
        if (ENDED.includes(job.status)) return job;
        seen = `${job.status}, stage ${job.stage}, attempt ${job.attempt}`;
      } catch (error) {
        seen = (error as Error).message;
      }
      if (Date.now() > deadline) throw new Error(`job ${id} did not end within ${withinMs / 1_000} s; last seen: ${seen}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async done(id: string, withinMs?: number): Promise<JobReply> {
    const job = await this.ended(id, withinMs);
    if (job.status !== 'completed') throw new Error(`job ${id} ended ${job.status}: ${job.error}`);
    return job;
  }

  search(query: string, filter: Record<string, unknown> = {}, limit = 10): Promise<SearchReply> {
    return this.ok<SearchReply>('POST', '/vectors/search', { query, filter, limit });
  }
}
