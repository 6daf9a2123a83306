import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';

export type TokenHeader = Record<string, unknown>;
export type TokenClaims = Record<string, unknown>;

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export function tokenOf(header: TokenHeader | string, claims: TokenClaims | string, signature: (input: string) => string): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signature(input)}`;
}

export const hmac =
  (secret: string | Buffer, algorithm = 'sha256') =>
  (input: string): string =>
    createHmac(algorithm, secret).update(input).digest('base64url');

export const rsa =
  (key: KeyObject) =>
  (input: string): string =>
    sign('sha256', Buffer.from(input), key).toString('base64url');

export const now = (): number => Math.floor(Date.now() / 1_000);

/** The claims of a good token that was never seen before; undefined takes one away, because JSON leaves it out. */
export function goodClaims(over: TokenClaims = {}): TokenClaims {
  return { jti: randomUUID(), sub: randomUUID(), org_id: randomUUID(), iat: now(), exp: now() + 600, ...over };
}

/** Signs a good token as the provider under test does, with parts of its header or claims changed. */
export type Make = (header?: TokenHeader, claims?: TokenClaims) => string;

/** Claims that make a properly signed token worthless. */
const badClaims = (): Record<string, TokenClaims> => ({
  'no sub': { sub: undefined },
  'empty sub': { sub: '' },
  'sub is a number': { sub: 42 },
  'sub is a list': { sub: ['a'] },
  'sub is an object': { sub: {} },
  'sub is null': { sub: null },
  'sub with a lone surrogate': { sub: '\ud800' },
  'no organisation': { org_id: undefined },
  'organisation is no UUID': { org_id: 'acme' },
  'organisation is a number': { org_id: 7 },
  'organisation is null': { org_id: null },
  'organisation is a list of one': { org_id: [randomUUID()] },
  'organisation with a tail': { org_id: `${randomUUID()} ` },
  'organisation with SQL': { org_id: `${randomUUID()}'; DROP TABLE jobs --` },
  'organisation in braces': { org_id: `{${randomUUID()}}` },
  'organisation without hyphens': { org_id: randomUUID().replaceAll('-', '') },
  'organisation of app_metadata is no UUID, the claim is': { app_metadata: { org_id: 'acme' } },
  'organisation of the https claim is no UUID, the claim is': { 'https://heimdex.io/org_id': 'acme' },
  'no exp': { exp: undefined },
  'exp is a text': { exp: 'tomorrow' },
  'exp is a text of digits': { exp: String(now() + 600) },
  'exp is null': { exp: null },
  'exp is negative': { exp: -1 },
  'expired an hour ago': { exp: now() - 3_600 },
  'expired beyond the tolerance': { exp: now() - 35 },
  'nbf in an hour': { nbf: now() + 3_600 },
  'nbf in five minutes': { nbf: now() + 300 },
  'nbf is a text': { nbf: 'now' },
  'iat in an hour': { iat: now() + 3_600 },
  'iat in five minutes': { iat: now() + 300 },
  'iat is a text': { iat: 'now' },
});

const BAD_HEADERS: Record<string, TokenHeader> = {
  'typ of something else': { typ: 'JOSE' },
  'typ of a logout token': { typ: 'logout+jwt' },
  'typ is a number': { typ: 1 },
  'crit of an extension': { crit: ['exp'], exp: 1 },
  'crit of b64': { crit: ['b64'], b64: false },
  'crit is empty': { crit: [] },
  'crit is a text': { crit: 'exp' },
};

/** Texts that are no token at all. */
const NO_TOKENS: Record<string, string> = {
  'one dot': 'abc.def',
  'three empty parts': '..',
  'four dots': 'a.b.c.d.e',
  'no JSON in it': 'abc.def.ghi',
  'a word': 'token',
  'letters that are no base64': 'é.é.é',
  'a null header': `${encode('null')}.${encode('{}')}.`,
  'a list as header': `${encode('[]')}.${encode('{}')}.x`,
  'an API key of nobody': 'cairn_00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000',
  'an API key cut short': 'cairn_abc',
};

/** Everything that can be wrong about a token, whatever signs it: each would be let in if its flaw were overlooked. `member` are claims that the system knows. */
export function badTokens(make: Make, member: TokenClaims = {}): Record<string, string> {
  const claims = goodClaims(member);
  const good = make();
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const forged = encode({ ...claims, forged: true });
  return {
    ...NO_TOKENS,
    ...Object.fromEntries(Object.entries(badClaims()).map(([name, changes]) => [name, make({}, changes)])),
    ...Object.fromEntries(Object.entries(BAD_HEADERS).map(([name, changes]) => [name, make(changes)])),
    'another payload under the signature': `${header}.${forged}.${signature}`,
    'no signature': `${header}.${payload}.`,
    'the signature cut': `${header}.${payload}.${signature.slice(0, -4)}`,
    'a signature of zeros': `${header}.${payload}.${Buffer.alloc(32).toString('base64url')}`,
    'the signature twice': `${good}.${signature}`,
    'a payload that is no object': tokenOf({ alg: 'HS256', typ: 'JWT' }, '"text"', () => signature),
    'eight kilobytes and more': make({}, { padding: 'x'.repeat(9_000) }),
    ...Object.fromEntries(['none', 'None', 'NONE', 'nOnE'].map((alg) => [`alg ${alg}, unsigned`, tokenOf({ alg, typ: 'JWT' }, claims, () => '')])),
    'alg none with the signature left on': `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.${signature}`,
    'alg is missing': tokenOf({ typ: 'JWT' }, claims, hmac('x')),
    'alg is a list': tokenOf({ alg: ['HS256'], typ: 'JWT' }, claims, hmac('x')),
    'alg is unknown': tokenOf({ alg: 'XS256', typ: 'JWT' }, claims, hmac('x')),
  };
}

/** Tokens that bring their own key, or say where one is to be found. */
export function tokensWithOwnKeys(hint: { url: string; kid?: string }, member: TokenClaims = {}): Record<string, string> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const signed = (header: TokenHeader) =>
    tokenOf({ alg: 'RS256', typ: 'JWT', ...(hint.kid ? { kid: hint.kid } : {}), ...header }, goodClaims(member), rsa(privateKey));
  return {
    'its own jwk': signed({ jwk }),
    'a jku': signed({ jku: hint.url }),
    'an x5u': signed({ x5u: hint.url }),
    'an x5c': signed({ x5c: ['MIIB'] }),
    'a kid that is a path': signed({ kid: '../../../../dev/null' }),
    'a kid that is SQL': signed({ kid: `x' UNION SELECT 'key' --` }),
    'a kid that is a list': signed({ kid: ['a'] }),
    'a kid with NUL': signed({ kid: 'a\0b' }),
    'a kid that is empty, signed with nothing': tokenOf({ alg: 'HS256', typ: 'JWT', kid: '' }, goodClaims(member), hmac('')),
    'a kid that is a path, signed with an empty file': tokenOf({ alg: 'HS256', typ: 'JWT', kid: '/dev/null' }, goodClaims(member), hmac('')),
  };
}
