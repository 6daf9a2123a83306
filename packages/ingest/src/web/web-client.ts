import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import { Deadline } from './deadline.js';
import { guardedConnect } from './guarded-connect.js';
import { readBody, UNDERSTOOD_ENCODINGS } from './read-body.js';
import { addressesOf, pinned } from './resolve-target.js';
import { WEB_LIMITS, type WebLimits } from './web-limits.js';
import { asWebRefusal, tooManyRedirects, tooSlow } from './web-refused.js';
import { type HostPort, type WebAllowance, WebRules } from './web-rules.js';

export interface WebClientOptions extends WebAllowance {
  limits?: Partial<WebLimits>;
  /** Who we say we are. */
  userAgent?: string;
}

export interface WebRequest {
  method?: 'GET' | 'HEAD' | 'POST';
  /** Names in lower case. */
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  /** Of the body of the answer, after it was unpacked. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
}

export interface WebAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Where the answer came from after all redirects. */
  url: URL;
  /** To be read to its end or destroyed. */
  body: Readable;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// Meant for who was asked first, and for nobody that they send us to.
const FOR_ONE_ORIGIN = ['authorization', 'cookie', 'proxy-authorization'];

/**
 * Reads from the web for tenants. What they name is connected to only where the operator allows it or where it is on the open internet,
 * whatever names resolve to and servers redirect to. Proxies of the environment are not used. Made once, and closed at the end.
 */
export class WebClient {
  readonly rules: WebRules;
  readonly limits: WebLimits;
  private readonly agent: Agent;
  private readonly userAgent: string;

  constructor({ limits = {}, userAgent = 'cairn', ...allowance }: WebClientOptions = {}) {
    this.rules = new WebRules(allowance);
    this.limits = { ...WEB_LIMITS, ...limits };
    this.userAgent = userAgent;
    const { headersMs: headersTimeout, idleMs: bodyTimeout } = this.limits;
    this.agent = new Agent({ connect: guardedConnect(this.rules, this.limits), headersTimeout, bodyTimeout, pipelining: 1 });
  }

  /** Follows redirects of GET and HEAD; any other answer is given as it comes, errors too. What cannot be read is a CairnError. */
  async request(address: string | URL, options: WebRequest): Promise<WebAnswer> {
    const deadline = new Deadline(this.limits.totalMs, options.signal);
    try {
      return await this.follow(this.rules.check(address), options, deadline);
    } catch (error) {
      deadline.end();
      throw error;
    }
  }

  /** For a socket of another protocol: instead of a lookup, the addresses of a host, checked as those of requests are. */
  async lookupOf({ host, port }: HostPort): Promise<LookupFunction> {
    return pinned(await addressesOf({ name: host, isAllowed: this.rules.isAllowed(host, port) }, this.rules, this.limits));
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private async follow(first: URL, options: WebRequest, deadline: Deadline): Promise<WebAnswer> {
    const { method = 'GET' } = options;
    let url = first;
    for (let redirects = 0; ; redirects++) {
      const data = await this.send(url, options, { deadline, isFirst: url.origin === first.origin });
      const headers = plain(data.headers);
      const { location } = headers;
      if (!REDIRECTS.has(data.statusCode) || location === undefined || method === 'POST') return this.answer(url, { data, headers, options, deadline });
      letGo(data.body);
      if (redirects >= this.limits.redirects) throw tooManyRedirects(first, this.limits.redirects);
      url = this.rules.check(URL.canParse(location, url.href) ? new URL(location, url) : location);
    }
  }

  private async send(url: URL, options: WebRequest, { deadline, isFirst }: { deadline: Deadline; isFirst: boolean }): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { 'user-agent': this.userAgent, 'accept-encoding': UNDERSTOOD_ENCODINGS, ...options.headers };
    if (!isFirst) for (const name of FOR_ONE_ORIGIN) delete headers[name];
    const { method = 'GET', body = null } = options;
    try {
      return await request(url, { dispatcher: this.agent, method, headers, body, signal: deadline.signal });
    } catch (error) {
      if (deadline.isOver) throw tooSlow(url, error);
      options.signal?.throwIfAborted();
      throw asWebRefusal(url, error);
    }
  }

  private answer(url: URL, { data, headers, options, deadline }: Received): WebAnswer {
    const isEmpty = options.method === 'HEAD' || data.statusCode === 204 || data.statusCode === 304;
    const encoding = isEmpty ? '' : (headers['content-encoding'] ?? '');
    try {
      const body = readBody({ url, bytes: data.body, encoding, maxBytes: options.maxBytes, limits: this.limits, deadline });
      return { status: data.statusCode, headers, url, body };
    } catch (error) {
      letGo(data.body);
      throw error;
    }
  }
}

interface Received {
  data: Dispatcher.ResponseData;
  headers: Readonly<Record<string, string>>;
  options: WebRequest;
  deadline: Deadline;
}

function plain(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]));
  return Object.fromEntries(entries);
}

function letGo(body: Readable): void {
  body.on('error', () => undefined);
  body.destroy();
}
