import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CairnError } from '../../errors/catalogue.js';
import { runInContext } from '../http/request-context.js';
import { createLogger } from './create-logger.js';
import { NestLogger } from './nest-logger.js';

function capture() {
  const lines: string[] = [];
  const log = createLogger({ service: 'test', level: 'trace', destination: { write: (line) => void lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown> & { err: Record<string, unknown> } };
}

const CANARY = 'c4n4ry';

describe('a log line', () => {
  it('is JSON with the level by name, the service, the time and the fields', () => {
    const { log, last } = capture();
    log.info({ jobId: 'j', chunks: 42 }, 'document embedded');
    expect(last()).toMatchObject({
      level: 'info',
      service: 'test',
      jobId: 'j',
      chunks: 42,
      msg: 'document embedded',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('carries what is known about the request it belongs to, also when that was learned later', async () => {
    const { log, last } = capture();
    const context: { correlationId: string; orgId?: string } = { correlationId: 'c-1' };
    await runInContext(context, async () => {
      await Promise.resolve();
      context.orgId = 'o-1';
      log.info({}, 'inside');
    });
    expect(last()).toMatchObject({ correlationId: 'c-1', orgId: 'o-1' });
    log.info({}, 'outside');
    expect(last()).not.toHaveProperty('correlationId');
  });

  it.each([
    ['authorization', { authorization: `Bearer ${CANARY}` }],
    ['Authorization of nested headers', { req: { headers: { Authorization: CANARY, cookie: CANARY, 'set-cookie': CANARY } } }],
    ['a password', { config: { password: CANARY, dbPassword: CANARY } }],
    ['an api key', { apiKey: CANARY, api_key: CANARY, 'x-api-key': CANARY }],
    ['a secret', { devJwtSecret: CANARY, client_secret: CANARY }],
    ['a token', { token: CANARY, leaseToken: CANARY, access_token: CANARY }],
    ['in a list', { items: [{ credentials: CANARY }] }],
  ])('P3: hides by key: %s', (_name, fields) => {
    const { log, lines } = capture();
    log.info(fields, 'x');
    expect(lines[0]).not.toContain(CANARY);
    expect(lines[0]).toContain('[hidden]');
  });

  it.each([
    ['a bearer value', `Authorization: Bearer ${CANARY}.x-y_z~+/=`],
    ['one of our keys', `cairn_${CANARY.repeat(12).slice(0, 93)}`],
    ['a JWT', `eyJhbGciOiJIUzI1NiJ9.${CANARY}.${CANARY}`],
    ['user and password of a URL', `postgres://${CANARY}:${CANARY}@db:5432/x`],
    ['a password with odd characters', `nats://u:${CANARY}%40!$&'()*+,;=@h`],
    ['a token in an address', `GET /jobs/1/ws?since=1&token=${CANARY}`],
    ['an access token in an address', `/x?access_token=${CANARY}`],
  ])('P3: hides by pattern, in fields, messages and errors: %s', (_name, text) => {
    const { log, lines } = capture();
    log.info({ note: text }, text);
    log.error({ err: new Error(text, { cause: new Error(text) }) }, 'failed');
    expect(lines.join('')).not.toContain(CANARY);
  });

  it('leaves numbers that are called tokens', () => {
    const { log, last } = capture();
    log.info({ tokens: 276, token: 3 }, 'x');
    expect(last()).toMatchObject({ tokens: 276, token: 3 });
  });

  it('P3: is one line whatever it is given', () => {
    const { log, lines } = capture();
    const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n{"level":"fatal"}', '\r\n', '\u2028', '\u001b[31m', '\ud800', '"}\n{"'));
    fc.assert(
      fc.property(hostile, hostile, (field, message) => {
        lines.length = 0;
        log.info({ field }, message);
        expect(lines).toHaveLength(1);
        expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
        expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info' });
      }),
      { numRuns: 500 },
    );
  });

  it('P3: shows of an error its name, message, code, stack and causes, and never what a driver hung on it', () => {
    const { log, lines, last } = capture();
    const driver = Object.assign(new Error('duplicate key'), { code: '23505', detail: CANARY, parameters: [CANARY], query: CANARY, where: CANARY });
    log.error({ err: new CairnError('internal', 'It broke.', { cause: driver }) }, 'failed');
    expect(last().err).toMatchObject({ type: 'CairnError', code: 'internal', message: 'It broke.', cause: { code: '23505', message: 'duplicate key' } });
    expect(lines.join('')).not.toContain(CANARY);
  });

  it('stays short when a message is not', () => {
    const { log, lines } = capture();
    log.error({ err: new Error('x'.repeat(1_000_000)) }, 'failed');
    expect(lines[0]?.length).toBeLessThan(10_000);
  });
});

describe('Nest’s own messages', () => {
  it('are lines of the same log, the start-up chatter as debug', () => {
    const { log, last } = capture();
    const nest = new NestLogger(log);
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    expect(last()).toMatchObject({ level: 'debug', context: 'RouterExplorer', msg: 'Mapped {/x, GET} route' });
    nest.error('It broke', 'Error: at x', 'Injector');
    expect(last()).toMatchObject({ level: 'error', context: 'Injector', stack: 'Error: at x' });
  });
});
