import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { devToken, newPerson } from '../system/api-client.js';
import { TestSystem } from '../system/test-system.js';

jest.setTimeout(60_000);

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start({ services: ['api', 'search'] });
}, 90_000);
afterAll(() => system?.stop());

const token = devToken(newPerson());

interface Request {
  method: string;
  path: string;
  /** Sent as it is. */
  raw?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

interface Answer {
  status: number;
  headers: Headers;
  problem: { type: string; title: string; status: number; detail: string; code: string; reference: string; errors?: { path: string; message: string }[] };
}

async function send({ method, path, raw, body, headers }: Request, base = system.baseUrl): Promise<Answer> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const all = { authorization: `Bearer ${token}`, ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
  const answer = await fetch(base + path, { method, headers: all, ...(text === undefined ? {} : { body: text }) });
  return { status: answer.status, headers: answer.headers, problem: (await answer.json()) as Answer['problem'] };
}

function expectProblem({ status, headers, problem }: Answer, code: string): void {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(problem).toEqual({
    type: expect.any(String),
    title: expect.stringMatching(/\w{3}/),
    status,
    detail: expect.stringMatching(/\w{3}/),
    code,
    reference: headers.get('x-correlation-id'),
    ...('errors' in problem ? { errors: expect.any(Array) } : {}),
  });
  expect(problem.reference).toMatch(/^[\w.:-]{8,128}$/);
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.js:|at Object|postgres|SELECT|violates|undefined|\[object/i);
  for (const name of ['x-content-type-options', 'content-security-policy', 'referrer-policy'])
    expect([name, headers.get(name) === null]).toEqual([name, false]);
}

type Row = [name: string, request: Request, status: number, code: string, field?: string];

const embed = (body: object): Request => ({ method: 'POST', path: '/vectors/embed', body: { asset_id: 'a', segment_id: 's', text: 'a text', ...body } });
const embedRaw = (fields: string): Request => ({ method: 'POST', path: '/vectors/embed', raw: `{"asset_id":"a","segment_id":"s",${fields}}` });
const batch = (body: object): Request => ({
  method: 'POST',
  path: '/vectors/embed/batch',
  body: { asset_id: 'a', segments: [{ segment_id: 's', text: 't' }], ...body },
});
const search = (body: object): Request => ({ method: 'POST', path: '/vectors/search', body: { query: 'q', ...body } });
const post = (path: string, body: unknown, headers = {}): Request => ({ method: 'POST', path, body, headers });
const put = (path: string, body: unknown): Request => ({ method: 'PUT', path, body });
const get = (path: string, headers = {}): Request => ({ method: 'GET', path, headers });

const NOWHERE = `/api/v2/collections/${randomUUID()}`;

const ROWS: Row[] = [
  ['malformed JSON', { method: 'POST', path: '/jobs', raw: '{"type": ' }, 400, 'malformed_json'],
  ['a comma too many', { method: 'POST', path: '/jobs', raw: '{"type":"mock_process",}' }, 400, 'malformed_json'],
  ['not JSON at all', { method: 'POST', path: '/jobs', raw: 'type=mock_process' }, 400, 'malformed_json'],
  ['JSON that sets a prototype', { method: 'POST', path: '/jobs', raw: '{"type":"mock_process","__proto__":{"a":1}}' }, 400, 'malformed_json'],
  ['JSON a hundred thousand levels deep', { method: 'POST', path: '/jobs', raw: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }, 400, 'malformed_json'],
  [
    'a filter of many levels',
    { method: 'POST', path: '/api/v2/search', raw: `{"query":"q","filters":${'{"$not":'.repeat(20_000)}{}${'}'.repeat(20_001)}` },
    400,
    'malformed_json',
  ],
  [
    'metadata of many levels',
    { method: 'POST', path: '/api/v2/collections', raw: `{"name":"c","metadata":${'{"a":'.repeat(6_000)}1${'}'.repeat(6_001)}` },
    400,
    'malformed_json',
  ],
  ['metadata with NUL', post('/api/v2/collections', { name: 'c', metadata: { a: ['x\0'] } }), 422, 'invalid_input', 'metadata'],
  ['metadata with NUL in a name', post('/api/v2/collections', { name: 'c', metadata: { 'x\0': 1 } }), 422, 'invalid_input', 'metadata'],
  ['metadata with half a character', post('/api/v2/collections', { name: 'c', metadata: { a: '\ud800' } }), 422, 'invalid_input', 'metadata'],
  ['metadata of a megabyte', post('/api/v2/collections', { name: 'c', metadata: { a: 'x'.repeat(1_000_000) } }), 422, 'invalid_input', 'metadata'],
  [
    'metadata with NUL of a template',
    post('/api/v2/collection-templates', { name: 't', settings: { metadata: { a: '\0' } } }),
    422,
    'invalid_input',
    'settings.metadata',
  ],
  [
    'metadata with NUL of a document',
    { method: 'PATCH', path: `/documents/${randomUUID()}`, body: { metadata: { a: '\0' } } },
    422,
    'invalid_input',
    'metadata',
  ],
  ['a page that is no number', get('/api/v2/collections?page=1e999'), 422, 'invalid_input', 'page'],
  ['a page before all numbers', get('/api/v2/collections?page=-1e400'), 422, 'invalid_input', 'page'],
  ['no body', { method: 'POST', path: '/jobs' }, 422, 'invalid_input'],
  ['an empty body', { method: 'POST', path: '/jobs', raw: '' }, 422, 'invalid_input'],
  ['a list as body', { method: 'POST', path: '/jobs', raw: '[]' }, 422, 'invalid_input'],
  ['null as body', { method: 'POST', path: '/jobs', raw: 'null' }, 422, 'invalid_input'],
  ['a number as body', { method: 'POST', path: '/jobs', raw: '5' }, 422, 'invalid_input'],
  [
    'a form',
    { method: 'POST', path: '/jobs', raw: 'type=mock_process', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415,
    'unsupported_media_type',
  ],
  ['plain text', { method: 'POST', path: '/jobs', raw: '{"type":"mock_process"}', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
  ['XML', { method: 'POST', path: '/jobs', raw: '<x/>', headers: { 'content-type': 'application/xml' } }, 415, 'unsupported_media_type'],
  ['a body beyond ten megabytes', { method: 'POST', path: '/vectors/embed', raw: `{"text":"${'x'.repeat(10_000_100)}"}` }, 413, 'too_large'],

  ['an unknown job type', post('/jobs', { type: 'rm_rf' }), 422, 'invalid_input', 'type'],
  ['no job type', post('/jobs', {}), 422, 'invalid_input', 'type'],
  ['a job type that is a list', post('/jobs', { type: ['mock_process'] }), 422, 'invalid_input', 'type'],
  ['an unknown stage', post('/jobs', { type: 'mock_process', fail_at_stage: 'nowhere' }), 422, 'invalid_input', 'fail_at_stage'],

  ['no asset', { method: 'POST', path: '/vectors/mock', body: { segment_id: 's' } }, 422, 'invalid_input', 'asset_id'],
  ['an empty asset', post('/vectors/mock', { asset_id: '', segment_id: 's' }), 422, 'invalid_input', 'asset_id'],
  ['an asset that is a number', post('/vectors/mock', { asset_id: 7, segment_id: 's' }), 422, 'invalid_input', 'asset_id'],
  ['an asset that is null', post('/vectors/mock', { asset_id: null, segment_id: 's' }), 422, 'invalid_input', 'asset_id'],
  ['an asset of 513 bytes', post('/vectors/mock', { asset_id: 'x'.repeat(513), segment_id: 's' }), 422, 'invalid_input', 'asset_id'],
  ['an asset of 257 two-byte letters', post('/vectors/mock', { asset_id: 'é'.repeat(257), segment_id: 's' }), 422, 'invalid_input', 'asset_id'],
  ['an asset with NUL', post('/vectors/mock', { asset_id: 'a\0b', segment_id: 's' }), 422, 'invalid_input', 'asset_id'],
  [
    'a segment with half a surrogate pair',
    { method: 'POST', path: '/vectors/mock', raw: '{"asset_id":"a","segment_id":"\\ud800"}' },
    422,
    'invalid_input',
    'segment_id',
  ],

  [
    'a document whose type has NUL',
    post('/api/v2/collections/00000000-0000-4000-8000-000000000000/documents', { documents: [{ text: 'a', mime_type: 'text/plain; charset=\0' }] }),
    422,
    'invalid_input',
    'documents[0].mime_type',
  ],

  ['an empty text', embed({ text: '' }), 422, 'invalid_input', 'text'],
  ['no text', embed({ text: undefined }), 422, 'invalid_input', 'text'],
  ['a text that is an object', embed({ text: { toString: 'x' } }), 422, 'invalid_input', 'text'],
  ['a text with NUL', embedRaw('"text":"a\\u0000b"'), 422, 'invalid_input', 'text'],
  ['a text with a lone high surrogate', embedRaw('"text":"a\\ud83d b"'), 422, 'invalid_input', 'text'],
  ['a text with a lone low surrogate', embedRaw('"text":"\\ude00"'), 422, 'invalid_input', 'text'],
  ['a text of more than a megabyte', embed({ text: 'x'.repeat(1_000_001) }), 422, 'invalid_input', 'text'],
  ['a text of more than a megabyte in bytes', embed({ text: 'é'.repeat(500_001) }), 422, 'invalid_input', 'text'],
  ['an unknown model', embed({ model: 'gpt-17' }), 400, 'unknown_model'],
  ['an empty model', embed({ model: '' }), 422, 'invalid_input', 'model'],
  ['a model that is a number', embed({ model: 3 }), 422, 'invalid_input', 'model'],
  ['a model with a path in it', embed({ model: '../../etc/passwd' }), 400, 'unknown_model'],

  ['a batch without segments', batch({ segments: [] }), 422, 'invalid_input', 'segments'],
  ['a batch whose segments are an object', batch({ segments: {} }), 422, 'invalid_input', 'segments'],
  [
    'a batch with a thousand and one segments',
    batch({ segments: Array.from({ length: 1_001 }, (_, i) => ({ segment_id: `${i}`, text: 't' })) }),
    422,
    'invalid_input',
    'segments',
  ],
  ['a batch with a segment that is a text', batch({ segments: ['x'] }), 422, 'invalid_input', 'segments[0]'],
  [
    'a batch with a bad third segment',
    batch({ segments: [1, 2, 3].map((i) => ({ segment_id: `${i}`, text: i === 3 ? 5 : 't' })) }),
    422,
    'invalid_input',
    'segments[2].text',
  ],
  [
    'a batch that names a segment twice',
    batch({
      segments: [
        { segment_id: 's', text: 'a' },
        { segment_id: 's', text: 'b' },
      ],
    }),
    422,
    'invalid_input',
    'segments[1].segment_id',
  ],

  ['a search without a question', { method: 'POST', path: '/vectors/search', body: {} }, 422, 'invalid_input', 'query'],
  ['an empty question', search({ query: '' }), 422, 'invalid_input', 'query'],
  ['a question that is a list', search({ query: ['q'] }), 422, 'invalid_input', 'query'],
  ['a question with half a surrogate pair', { method: 'POST', path: '/vectors/search', raw: '{"query":"\\udfff"}' }, 422, 'invalid_input', 'query'],
  ['a limit of zero', search({ limit: 0 }), 422, 'invalid_input', 'limit'],
  ['a limit beyond the highest', search({ limit: 101 }), 422, 'invalid_input', 'limit'],
  ['a limit of one and a half', search({ limit: 1.5 }), 422, 'invalid_input', 'limit'],
  ['a limit that is a text', search({ limit: '10' }), 422, 'invalid_input', 'limit'],
  ['a filter that is a text', search({ filter: 'asset_id=1' }), 422, 'invalid_input', 'filter'],
  ['a filter that is a list', search({ filter: [] }), 422, 'invalid_input', 'filter'],
  ['a filter on a field that is not there', search({ filter: { colour: 'red' } }), 422, 'invalid_input', 'filter.colour'],
  ['a filter with a wrong type', search({ filter: { asset_id: 7 } }), 422, 'invalid_input', 'filter.asset_id'],
  ['a filter with a list of wrong types', search({ filter: { asset_id: ['a', null] } }), 422, 'invalid_input', 'filter.asset_id'],
  ['a search of mock vectors by text', search({ model: 'mock' }), 400, 'unknown_model'],
  ['a search with an unknown model', search({ model: 'nope' }), 400, 'unknown_model'],

  ['an unknown field on a route of ours', post('/api-keys', { name: 'k', scopes: ['read'], is_admin: true }), 400, 'unknown_fields', 'is_admin'],
  ['an unknown field in redrive', post('/outbox/redrive', { all: true }), 400, 'unknown_fields', 'all'],
  [
    'T9: a deletion with a word that is nearly dry_run',
    post(`${NOWHERE}/documents/delete`, { external_ids: ['1'], dryrun: true }),
    400,
    'unknown_fields',
    'dryrun',
  ],
  ['T9: a deletion of all with filters', post(`${NOWHERE}/documents/delete`, { all: true, filters: {} }), 400, 'unknown_fields', 'filters'],
  ['T9: an unknown field in a repair', post(`${NOWHERE}/repair`, { dryrun: true }), 400, 'unknown_fields', 'dryrun'],
  ['T9: an unknown limit', put('/api/v2/quotas', { document: 5 }), 400, 'unknown_fields', 'document'],
  ['T9: a share that is to end', put(`${NOWHERE}/shares/1`, { role: 'read', expires: '2030-01-01' }), 400, 'unknown_fields', 'expires'],
  ['T9: an unknown field in a share', put(`${NOWHERE}/shares`, { user: 'a', role: 'read', expires: '2030-01-01' }), 400, 'unknown_fields', 'expires'],
  ['T9: an unknown field in a preview of chunks', post('/api/v2/chunking/preview', { text: 'a', size: 10 }), 400, 'unknown_fields', 'size'],
  ['T9: an unknown field in a profile', post('/api/v2/chunking/profiles', { name: 'p', strategy: 'tokens', size: 10 }), 400, 'unknown_fields', 'size'],
  ['T9: an unknown field in a preview of a source', post('/api/v2/sources/preview', { source_type: 'directory', path: '/srv' }), 400, 'unknown_fields', 'path'],
  ['T9: an unknown field in a login', post('/api/auth/login', { email: 'a@b.c', password: 'x', role: 'admin' }), 400, 'unknown_fields', 'role'],
  ['a key without scopes', post('/api-keys', { name: 'k', scopes: [] }), 422, 'invalid_input', 'scopes'],
  ['a key with an unknown scope', post('/api-keys', { name: 'k', scopes: ['root'] }), 422, 'invalid_input', 'scopes'],
  ['a key without a name', post('/api-keys', { scopes: ['read'] }), 422, 'invalid_input', 'name'],
  ['a key that expires on no day', post('/api-keys', { name: 'k', scopes: ['read'], expires_at: 'soon' }), 422, 'invalid_input', 'expires_at'],
  [
    'a key that expires on the 31st of February',
    post('/api-keys', { name: 'k', scopes: ['read'], expires_at: '2030-02-31T00:00:00Z' }),
    422,
    'invalid_input',
    'expires_at',
  ],
  ['redriving something that is no id', post('/outbox/redrive', { ids: ['x'] }), 422, 'invalid_input', 'ids'],

  ['a page of no jobs', get('/jobs?limit=0'), 422, 'invalid_input', 'limit'],
  ['a page of too many jobs', get('/jobs?limit=101'), 422, 'invalid_input', 'limit'],
  ['a page size that is no number', get('/jobs?limit=ten'), 422, 'invalid_input', 'limit'],
  ['jobs of an unknown status', get('/jobs?status=lost'), 422, 'invalid_input', 'status'],
  ['jobs of an unknown type', get('/jobs?type=x'), 422, 'invalid_input', 'type'],
  ['a status given twice', get('/jobs?status=failed&status=completed'), 422, 'invalid_input', 'status'],
  ['a list cursor of nobody', get('/jobs?cursor=abc'), 400, 'invalid_cursor'],
  ['a list cursor with NUL', get('/jobs?cursor=%00'), 422, 'invalid_input', 'cursor'],
  ['a feed cursor of nobody', get('/events?since=abc', { accept: 'application/json' }), 400, 'invalid_cursor'],
  ['a feed cursor in the header of nobody', get('/events', { 'last-event-id': 'abc' }), 400, 'invalid_cursor'],
  ['a feed of a job that is no id', get('/events?job_id=1', { accept: 'application/json' }), 422, 'invalid_input', 'job_id'],
  ['waiting too long', get('/events?wait=31', { accept: 'application/json' }), 422, 'invalid_input', 'wait'],

  ['a job id that is no id', get('/jobs/1'), 404, 'not_found'],
  ['a job of nobody', get(`/jobs/${randomUUID()}`), 404, 'not_found'],
  ['a point id that is no id', get('/vectors/1'), 404, 'not_found'],
  ['a point of nobody', get(`/vectors/${randomUUID()}`), 404, 'not_found'],
  ['a job id with SQL', get(`/jobs/${encodeURIComponent("1' OR '1'='1")}`), 404, 'not_found'],
  ['an asset with NUL in the path', { method: 'DELETE', path: '/vectors/asset/a%00b' }, 422, 'invalid_input', 'asset_id'],
  ['an asset in the path that is too long', { method: 'DELETE', path: `/vectors/asset/${'x'.repeat(513)}` }, 422, 'invalid_input', 'asset_id'],
  ['an asset in the path that is no id of ours any more', { method: 'DELETE', path: `/vectors/asset/${'x'.repeat(3_000)}` }, 414, 'uri_too_long'],
  ['an asset in the path that is no UTF-8', { method: 'DELETE', path: '/vectors/asset/%ff' }, 400, 'bad_request'],
  ['an address of nothing', get('/nowhere'), 404, 'not_found'],
  ['an address that climbs', get('/jobs/..%2f..%2fetc'), 404, 'not_found'],
  ['a method that the address does not take', { method: 'PUT', path: '/jobs', body: {} }, 405, 'method_not_allowed'],
  ['a WebSocket address without an upgrade', get('/events/ws'), 426, 'upgrade_required'],

  ['an empty Idempotency-Key', post('/jobs', { type: 'mock_process' }, { 'idempotency-key': '' }), 422, 'invalid_input', 'Idempotency-Key'],
  [
    'an Idempotency-Key of 256 characters',
    post('/jobs', { type: 'mock_process' }, { 'idempotency-key': 'x'.repeat(256) }),
    422,
    'invalid_input',
    'Idempotency-Key',
  ],
  ['an Idempotency-Key with a blank', post('/jobs', { type: 'mock_process' }, { 'idempotency-key': 'a b' }), 422, 'invalid_input', 'Idempotency-Key'],
];

describe('bad input', () => {
  for (const [name, request, status, code, field] of ROWS) {
    it(`T11: ${name} is answered ${status} ${code}${field ? ` at ${field}` : ''}`, async () => {
      const answer = await send(request);
      expect([answer.status, answer.problem.code, answer.problem.detail]).toEqual([status, code, expect.any(String)]);
      expectProblem(answer, code);
      if (field !== undefined) expect(answer.problem.errors?.map((error) => error.path)).toEqual(expect.arrayContaining([expect.stringContaining(field)]));
    });
  }

  it('T11: the search service itself refuses what the api refuses, in the same words', async () => {
    for (const [name, request, status, code] of ROWS.filter(([, request]) => request.path === '/vectors/search')) {
      const [byApi, bySearch] = [await send(request), await send(request, system.service('search').url)];
      expect([name, bySearch.status, bySearch.problem.code, bySearch.problem.detail]).toEqual([name, status, code, byApi.problem.detail]);
    }
  });

  it('T11: no bad request left a job, a point or a key behind', async () => {
    const [counts] = await system.database.sql(
      'SELECT (SELECT count(*)::int FROM jobs) AS jobs, (SELECT count(*)::int FROM vectors) AS vectors, (SELECT count(*)::int FROM api_keys) AS keys',
    );
    expect(counts).toEqual({ jobs: 0, vectors: 0, keys: 0 });
  });

  it('T11: several mistakes are told together', async () => {
    const { problem } = await send(post('/vectors/embed', { asset_id: 1, text: '' }));
    expect(problem.errors?.map((error) => error.path).sort()).toEqual(['asset_id', 'segment_id', 'text']);
  });

  it('T11: no error answer repeats what was sent as text', async () => {
    const secret = 'c4n4ry-of-bad-input';
    for (const request of [embed({ text: [secret] }), search({ query: { secret } }), { method: 'POST', path: '/jobs', raw: `{"type": "${secret}` }]) {
      expect(JSON.stringify((await send(request)).problem)).not.toContain(secret);
    }
  });

  it('T11: unknown fields are ignored on the routes of the seeds', async () => {
    const answer = await fetch(`${system.baseUrl}/vectors/mock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ asset_id: 'a', segment_id: 's', colour: 'red', nested: { deep: true } }),
    });
    expect(answer.status).toBe(200);
  });
});

describe('the correlation id', () => {
  it('O4: that a caller sends is used, on answers and errors alike', async () => {
    for (const path of ['/jobs', '/nowhere', '/jobs/1', '/healthz']) {
      const answer = await fetch(system.baseUrl + path, { headers: { 'x-correlation-id': 'my-request.42', authorization: `Bearer ${token}` } });
      expect([path, answer.headers.get('x-correlation-id')]).toEqual([path, 'my-request.42']);
    }
  });

  it('O4: that is no harmless word is replaced by one of ours', async () => {
    for (const id of ['a b', 'x'.repeat(129), '<script>', "';DROP", '-leading', 'täst']) {
      const answer = await fetch(`${system.baseUrl}/healthz`, { headers: { 'x-correlation-id': Buffer.from(id).toString('latin1') } });
      expect([id, answer.headers.get('x-correlation-id')]).toEqual([id, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    }
  });
});

describe('what is hardly HTTP', () => {
  /** Sends bytes and reads what comes until the server closes. */
  const bytes = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(system.baseUrl).port), '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.setEncoding('utf8').setTimeout(15_000, () => socket.destroy(new Error('no answer')));
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('error', reject).on('close', () => resolve(answer));
    });

  it('T11: is answered with a problem and a closed connection', async () => {
    const cases: Record<string, [string, number]> = {
      'not HTTP': ['HELLO\r\n\r\n', 400],
      'headers of twenty kilobytes': [`GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
      'two lengths': ['POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}', 400],
      'length and chunks': ['POST /jobs HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}', 400],
      'a header with a bare line feed': ['GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\nb: c\x01\r\n\r\n', 400],
    };
    for (const [name, [text, status]] of Object.entries(cases)) {
      const answer = await bytes(text);
      expect([name, answer.slice(0, 12)]).toEqual([name, `HTTP/1.1 ${status}`]);
      expect([name, /content-type: application\/problem\+json/i.test(answer)]).toEqual([name, true]);
    }
  });

  it('T11: the service is still there after all of it', async () => {
    expect((await fetch(`${system.baseUrl}/readyz?for=traffic`)).status).toBe(200);
  });
});

describe('the description of the api', () => {
  type Node = Record<string, unknown>;
  let document: { openapi: string; paths: Record<string, Record<string, Node>>; components: { schemas: Node } };
  beforeAll(async () => {
    document = (await (await fetch(`${system.baseUrl}/openapi.json`)).json()) as typeof document;
  });

  it('is the one that is checked in as docs/openapi.json', () => {
    expect(document).toEqual(JSON.parse(readFileSync(new URL('../../../../docs/openapi.json', import.meta.url), 'utf8')));
  });

  it('is OpenAPI 3.1 in which every reference leads somewhere and every operation has a name of its own', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] as string);
    expect(references.length).toBeGreaterThan(0);
    for (const reference of new Set(references))
      expect([
        reference,
        reference
          .split('/')
          .slice(1)
          .reduce<unknown>((at, key) => (at as Node | undefined)?.[key], document),
      ]).toEqual([reference, expect.any(Object)]);
    const ids = Object.values(document.paths).flatMap((operations) => Object.values(operations).map((operation) => operation.operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names every parameter of every path, and an answer for everything that can go wrong', () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const [method, operation] of Object.entries(operations)) {
        const parameters = ((operation.parameters ?? []) as { name: string; in: string; required: boolean }[]).filter((parameter) => parameter.in === 'path');
        expect([method, path, parameters.map((parameter) => parameter.name).sort()]).toEqual([method, path, inPath.sort()]);
        const responses = operation.responses as Record<string, { description: string }>;
        for (const status of operation['x-required-scope'] ? ['401', '403', '500', '503'] : ['500'])
          expect([method, path, status, status in responses]).toEqual([method, path, status, true]);
        for (const response of Object.values(responses)) expect(response.description).toMatch(/\w/);
      }
    }
  });

  it('T11: describes every error that the table above met', () => {
    const undescribed = ROWS.flatMap(([name, request, status, code]) => {
      const operation = operationOf(document.paths, request);
      if (!operation || ['uri_too_long', 'bad_request'].includes(code)) return [];
      const response = (operation.responses as Record<string, { description: string } | undefined>)[status];
      return response?.description.includes(code) ? [] : [`${name}: ${request.method} ${request.path.slice(0, 60)} ${status} ${code}`];
    });
    expect(undescribed).toEqual([]);
  });

  function operationOf(paths: typeof document.paths, request: Request): Node | undefined {
    const path = request.path.split('?', 1)[0] as string;
    const known = Object.keys(paths).filter((template) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
    const exact = known.find((template) => template === path) ?? known[0];
    return exact === undefined ? undefined : paths[exact]?.[request.method.toLowerCase()];
  }
});
