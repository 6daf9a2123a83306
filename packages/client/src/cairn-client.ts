import type { Problem, Routes } from './routes.js';

/** An error the server answered: what happened, to which thing, and what to do. */
export class CairnProblem extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail);
    this.name = 'CairnProblem';
  }
}

export interface ClientOptions {
  baseUrl: string;
  /** A JWT or an API key. */
  token: string;
  timeoutMs?: number;
}

type Empty = Record<never, never>;
type Part<Name extends string, Value> = Empty extends Value ? { [K in Name]?: Value } : { [K in Name]: Value };
type BodyPart<Value> = [Value] extends [undefined] ? Empty : { body: Value };

/** What a call of the route needs: the parts that may be left out are optional. */
export type CallOf<R extends keyof Routes> = Part<'path', Routes[R]['path']> &
  Part<'query', Routes[R]['query']> &
  BodyPart<Routes[R]['body']> & {
    /** Repeating the call with the same key takes effect once. */
    idempotencyKey?: string;
    signal?: AbortSignal;
  };

/** A form that the route offers besides JSON, and that is sent as it is made. */
type InForm = { accept: string };

interface LooseCall {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
  accept?: string;
}

const TIMEOUT_MS = { whole: 30_000, stream: 120_000 };

/** Calls the routes of a Cairn with their types: `client.call('POST /vectors/embed', { body: … })`. */
export class CairnClient {
  constructor(private readonly options: ClientOptions) {}

  async call<R extends keyof Routes>(route: R, call: CallOf<R>): Promise<Routes[R]['answer']> {
    const text = await (await this.send(route, call as LooseCall, TIMEOUT_MS.whole)).text();
    return (text === '' ? undefined : JSON.parse(text)) as Routes[R]['answer'];
  }

  /** The answer as it comes, in the form that is accepted. */
  async *stream<R extends keyof Routes>(route: R, call: CallOf<R> & InForm): AsyncGenerator<Uint8Array> {
    const { body } = await this.send(route, call as LooseCall, TIMEOUT_MS.stream);
    if (body !== null) yield* body;
  }

  private async send(route: string, call: LooseCall, timeoutMs: number): Promise<Response> {
    const answer = await this.request(route, call, timeoutMs);
    if (!answer.ok) throw new CairnProblem(answer.status, problemOf(answer.status, await answer.text()));
    return answer;
  }

  private request(route: string, { path = {}, query = {}, body, idempotencyKey, signal, accept }: LooseCall, timeoutMs: number): Promise<Response> {
    const [method, template] = route.split(' ') as [string, string];
    const url = new URL(this.options.baseUrl + template.replace(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(String(path[name]))));
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const deadline = AbortSignal.timeout(this.options.timeoutMs ?? timeoutMs);
    return fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.options.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(accept === undefined ? {} : { accept }),
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
  }
}

/** Something between us and the server may answer in words of its own. */
function problemOf(status: number, text: string): Problem {
  try {
    const problem = JSON.parse(text) as Problem;
    if (typeof problem.detail === 'string') return problem;
  } catch {
    // not JSON
  }
  return {
    type: 'about:blank',
    title: 'Unexpected answer',
    status,
    detail: `The server answered ${status} without saying why.`,
    code: 'internal',
    reference: '',
  };
}
