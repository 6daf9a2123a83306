import { buffer } from 'node:stream/consumers';
import type { GitHttpRequest, GitHttpResponse, HttpClient } from 'isomorphic-git';
import type { WebClient } from '../../web/web-client.js';

/** How isomorphic-git reaches servers: by the way that tenants' addresses are reached. */
export function gitHttp(web: WebClient, maxBytes: number): HttpClient {
  return {
    async request({ url, method = 'GET', headers = {}, body }: GitHttpRequest): Promise<GitHttpResponse> {
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const sent = body === undefined ? {} : { body: await buffer(body) };
      const answer = await web.request(url, { method: method === 'POST' ? 'POST' : 'GET', headers: lower, ...sent, maxBytes });
      return {
        url: answer.url.href,
        method,
        headers: { ...answer.headers },
        body: answer.body[Symbol.asyncIterator](),
        statusCode: answer.status,
        statusMessage: '',
      };
    },
  };
}
