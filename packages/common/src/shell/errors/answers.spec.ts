import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ForbiddenException } from '@nestjs/common';
import { CairnError, ERRORS } from '../../errors/catalogue.js';
import { failures } from '../testing/echo.fixture.js';
import { type RawAnswer, sendRaw, sendThenRead } from '../testing/raw-http.js';
import { type EchoService, startEcho } from '../testing/start-echo.js';

let echo: EchoService;

beforeAll(async () => {
  echo = await startEcho({ env: { LIMIT_BODY_BYTES: '100000' } });
});

afterAll(() => echo.service.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: string, headers: Record<string, string> = JSON_TYPE) => fetch(echo.url + path, { method: 'POST', body, headers });

/** Asserts what every error must be and answers its body. */
async function problemOf(answer: Response, status: number, code: keyof typeof ERRORS): Promise<Record<string, unknown>> {
  const body = (await answer.json()) as Record<string, unknown>;
  expect({ status: answer.status, type: answer.headers.get('content-type'), code: body.code }).toEqual({
    status,
    type: 'application/problem+json; charset=utf-8',
    code,
  });
  expect(body).toMatchObject({
    status,
    title: ERRORS[code].title,
    type: `urn:cairn:error:${code}`,
    reference: answer.headers.get('x-correlation-id'),
    detail: expect.any(String),
  });
  return body;
}

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

describe('every answer', () => {
  it.each([
    ['a success', () => fetch(`${echo.url}/healthz`)],
    ['a refusal', () => post('/echo', '{}')],
    ['an unknown address', () => fetch(`${echo.url}/nope`)],
    ['a wrong method', () => fetch(`${echo.url}/echo`, { method: 'PUT' })],
    ['an address that is no URL', () => fetch(`${echo.url}/things/%zz`)],
    ['a malformed body', () => post('/echo', '{')],
    ['a failure of ours', () => fetch(`${echo.url}/boom/x`, { method: 'POST' })],
  ])('carries the headers of security and a correlation id: %s', async (_name, ask) => {
    const answer = await ask();
    expect(Object.fromEntries(answer.headers)).toMatchObject(HEADERS);
    expect(answer.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    await answer.arrayBuffer();
  });

  it('carries the correlation id of the request when that is well-formed, and a new one when it is not', async () => {
    const asked = async (id: string) => (await fetch(`${echo.url}/healthz`, { headers: { 'x-correlation-id': id } })).headers.get('x-correlation-id');
    expect(await asked('trace.me:42-A_b')).toBe('trace.me:42-A_b');
    for (const bad of ['with space', 'x'.repeat(129), '<script>', '-starts-wrong', '']) expect(await asked(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('an answer outside local', () => {
  it('P2: also tells browsers to stay on https', async () => {
    const staging = await startEcho({ env: { CAIRN_ENV: 'staging' } });
    for (const path of ['/healthz', '/nope', '/things/%zz'])
      expect((await fetch(staging.url + path)).headers.get('strict-transport-security')).toBe('max-age=31536000');
    await staging.service.stop();
  });
});

describe('a request that cannot be served', () => {
  it('is a problem: malformed JSON, without a word of the body', async () => {
    const problem = await problemOf(await post('/echo', '{"asset_id": secretword}'), 400, 'malformed_json');
    expect(JSON.stringify(problem)).not.toContain('secretword');
    await problemOf(await post('/echo', '{"asset_id": "x"'), 400, 'malformed_json');
  });

  it.each([
    '{"__proto__": {"admin": true}}',
    '{"\\u005f_proto__": {"admin": true}}',
    '{"a": [{"constructor": {"prototype": {"admin": true}}}]}',
    '{"filter": {"__pr\\u006fto__": 1}}',
  ])('is a problem: a key that would replace a prototype: %s', async (body) => {
    await problemOf(await post('/echo', body), 400, 'malformed_json');
  });

  it('may hold the words of such keys as text', async () => {
    const answer = await post('/echo', JSON.stringify({ asset_id: 'the __proto__ of a constructor \u0001', segments: [] }));
    expect(answer.status).toBe(200);
    expect((await post('/echo', `\ufeff${JSON.stringify({ asset_id: 'a', segments: [] })}`)).status).toBe(200);
  });

  it('is a problem: a content type nobody reads', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])
      await problemOf(await post('/echo', 'a=1', { 'content-type': type }), 415, 'unsupported_media_type');
  });

  it('is a problem: no body where one is needed', async () => {
    const problem = await problemOf(await fetch(`${echo.url}/echo`, { method: 'POST', headers: JSON_TYPE }), 422, 'invalid_input');
    expect(problem.detail).toBe('the body must be an object, it is missing');
  });

  it('is none: no body where nothing has to be said', async () => {
    for (const headers of [{}, JSON_TYPE]) expect(await (await fetch(`${echo.url}/wishes`, { method: 'POST', headers })).json()).toEqual({ limit: 10 });
    await problemOf(await post('/wishes', 'null'), 422, 'invalid_input');
    await problemOf(await fetch(`${echo.url}/wishes`, { method: 'PUT', headers: JSON_TYPE }), 422, 'invalid_input');
  });

  it('is a problem: invalid fields, listed with their paths', async () => {
    const problem = await problemOf(await post('/echo', '{"asset_id": 1}'), 422, 'invalid_input');
    expect(problem.errors).toEqual(expect.arrayContaining([{ path: 'asset_id', message: 'asset_id must be a text, it is a number' }]));
  });

  it('is a problem: an address nobody serves, and one that takes another method', async () => {
    await problemOf(await fetch(`${echo.url}/no/such/route?token=x`), 404, 'not_found');
    const wrong = await fetch(`${echo.url}/things/753ee532-60b1-4aa4-dc7d-4fb151e78483`, { method: 'DELETE' });
    expect(wrong.headers.get('allow')).toBe('GET, HEAD');
    await problemOf(wrong, 405, 'method_not_allowed');
  });

  it('is a problem: an id that cannot be one is absent, a golden one without version bits is an id', async () => {
    await problemOf(await fetch(`${echo.url}/things/not-a-uuid`), 404, 'not_found');
    expect(await (await fetch(`${echo.url}/things/753EE532-60b1-4aa4-dc7d-4fb151e78483`)).json()).toEqual({ id: '753ee532-60b1-4aa4-dc7d-4fb151e78483' });
  });

  it('is a problem: text in the path that is too long or not text', async () => {
    const remove = (id: string) => fetch(`${echo.url}/assets/${id}`, { method: 'DELETE' });
    expect((await remove(encodeURIComponent('docs/naïve café.md'))).status).toBe(204);
    expect((await remove('x'.repeat(512))).status).toBe(204);
    await problemOf(await remove('x'.repeat(513)), 422, 'invalid_input');
    await problemOf(await remove('a%00b'), 422, 'invalid_input');
    await problemOf(await remove('%ff'), 400, 'bad_request');
    await problemOf(await remove('x'.repeat(3_000)), 414, 'uri_too_long');
  });

  it('is a problem: what is not HTTP, and headers without end', async () => {
    const nonsense = await sendRaw(echo.url, 'HELLO\r\n\r\n');
    expect([nonsense.status, JSON.parse(nonsense.text).code, nonsense.headers['x-content-type-options']]).toEqual([400, 'bad_request', 'nosniff']);
    const huge = await sendRaw(echo.url, `GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${'x'.repeat(20_000)}\r\n\r\n`);
    expect([huge.status, JSON.parse(huge.text).code, JSON.parse(huge.text).reference]).toEqual([431, 'headers_too_large', huge.headers['x-correlation-id']]);
  });
});

describe('a body that is too large', () => {
  const MEGABYTE = 1 << 20;
  const JSON_LINE = 'content-type: application/json';
  const announced = (megabytes: number) => `content-length: ${megabytes * MEGABYTE}`;
  const codeOf = (answer: RawAnswer) => [answer.status, JSON.parse(answer.text).code, answer.headers.connection];

  it('is answered 413, and the answer reaches a client that reads only when it has sent everything', async () => {
    for (let round = 0; round < 3; round++)
      expect(codeOf(await sendThenRead(echo.url, '/echo', 30 * MEGABYTE, `${JSON_LINE}\r\n${announced(30)}`))).toEqual([413, 'too_large', 'close']);
  });

  it('is answered 413 when its length was not announced', async () => {
    const chunk: [string, string] = [`${(30 * MEGABYTE).toString(16)}\r\n`, '\r\n0\r\n\r\n'];
    expect(codeOf(await sendThenRead(echo.url, '/echo', 30 * MEGABYTE, `${JSON_LINE}\r\ntransfer-encoding: chunked`, chunk))).toEqual([
      413,
      'too_large',
      'close',
    ]);
  });

  it('is answered once, also when what follows is not HTTP', async () => {
    const answer = await sendRaw(
      echo.url,
      `POST /echo HTTP/1.1\r\nhost: x\r\n${JSON_LINE}\r\ntransfer-encoding: chunked\r\n\r\n${(200_000).toString(16)}\r\n${'x'.repeat(200_000)}nonsense`,
    );
    expect(codeOf(answer)).toEqual([413, 'too_large', 'close']);
  });

  it('does not cost the answer when the type or the address is refused', async () => {
    expect(codeOf(await sendThenRead(echo.url, '/echo', 30 * MEGABYTE, `content-type: text/plain\r\n${announced(30)}`))).toEqual([
      415,
      'unsupported_media_type',
      'close',
    ]);
    expect(codeOf(await sendThenRead(echo.url, '/nope', 30 * MEGABYTE, `${JSON_LINE}\r\n${announced(30)}`))).toEqual([404, 'not_found', 'close']);
  });

  it('does not hold up other requests', async () => {
    const big = sendThenRead(echo.url, '/echo', 60 * MEGABYTE, `${JSON_LINE}\r\n${announced(60)}`);
    expect((await post('/echo', JSON.stringify({ asset_id: 'a', segments: [] }))).status).toBe(200);
    expect((await big).status).toBe(413);
  });
});

describe('the log', () => {
  it('has a line per request at debug, with the route template and never the address', async () => {
    const answer = await fetch(`${echo.url}/things/753ee532-60b1-4aa4-dc7d-4fb151e78483?q=words`);
    const line = echo.lines().find((entry) => entry.msg === 'request answered' && entry.correlationId === answer.headers.get('x-correlation-id'));
    expect(line).toMatchObject({ level: 'debug', method: 'GET', route: '/things/:thing_id', status: 200, ms: expect.any(Number) });
    expect(JSON.stringify(echo.lines())).not.toContain('words');
  });
});

describe('an error that a handler throws', () => {
  const boom = async (how: string, make: () => unknown) => {
    failures[how] = make;
    return fetch(`${echo.url}/boom/${how}`, { method: 'POST' });
  };

  it('is answered as the catalogue has it, with Retry-After where it is known', async () => {
    const limited = await boom('limited', () => new CairnError('rate_limited', 'Slow down.', { retryAfterSeconds: 7 }));
    expect(limited.headers.get('retry-after')).toBe('7');
    expect((await problemOf(limited, 429, 'rate_limited')).detail).toBe('Slow down.');
  });

  it('T2: says how to come with credentials when they are missing', async () => {
    const refused = await boom('unauthenticated', () => new CairnError('unauthenticated', 'Who are you?'));
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await boom('forbidden', () => new CairnError('forbidden', 'Not you.'))).headers.get('www-authenticate')).toBeNull();
  });

  it('says when to try again whenever something is unavailable', async () => {
    expect((await boom('draining', () => new CairnError('draining', 'Shutting down.'))).headers.get('retry-after')).toBe('2');
  });

  it('keeps its text inside when the catalogue does not know it, and is logged with its cause', async () => {
    const answer = await boom('unknown', () => new Error('inner text', { cause: new Error('deeper text') }));
    const problem = await problemOf(answer, 500, 'internal');
    expect(JSON.stringify(problem)).not.toMatch(/inner|deeper/);
    const line = echo.lines().find((entry) => entry.correlationId === problem.reference && entry.level === 'error');
    expect(line).toMatchObject({ msg: 'request failed', route: '/boom/:how', err: { message: 'inner text', cause: { message: 'deeper text' } } });
  });

  it.each<[string, () => unknown]>([
    ['a refused connection', () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['all addresses refused', () => new AggregateError([Object.assign(new Error(''), { code: 'ECONNREFUSED' })])],
    ['Postgres shutting down', () => Object.assign(new Error('terminating connection'), { code: '57P01' })],
    ['a pool without connections', () => new Error('timeout exceeded when trying to connect')],
    ['a query that lost its connection', () => Object.assign(new Error('x'), { driverError: new Error('Connection terminated unexpectedly') })],
    ['NATS without responders', () => Object.assign(new Error('no responders'), { name: 'NoRespondersError' })],
    ['fetch failed', () => new TypeError('fetch failed', { cause: Object.assign(new Error(''), { code: 'UND_ERR_CONNECT_TIMEOUT' }) })],
  ])('is 503 with Retry-After when a dependency is away: %s', async (name, make) => {
    const answer = await boom(encodeURIComponent(name), make);
    failures[name] = make;
    const again = await fetch(`${echo.url}/boom/${encodeURIComponent(name)}`, { method: 'POST' });
    expect(again.headers.get('retry-after')).toBe('2');
    await problemOf(again, 503, 'unavailable');
    await answer.arrayBuffer();
  });

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['a text', () => 'secret words'],
    ['null', () => null],
    ['a unique violation', () => Object.assign(new Error('duplicate key (secret)'), { code: '23505' })],
  ])('is 500 whatever was thrown: %s', async (name, make) => {
    failures[name] = make;
    const problem = await problemOf(await fetch(`${echo.url}/boom/${encodeURIComponent(name)}`, { method: 'POST' }), 500, 'internal');
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('is translated when it is one of Nest', async () => {
    await problemOf(await boom('nest', () => new ForbiddenException('Not you.')), 403, 'forbidden');
  });
});
