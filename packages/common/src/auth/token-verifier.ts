import { createHash } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { AuthConfig } from '../config/auth.config.js';
import { CairnError } from '../errors/catalogue.js';
import { isLooseUuid, type OrgId } from '../ids.js';
import { isOrgRole, type OrgRole } from '../shell/endpoints/permission.js';
import { flawOfText } from '../shell/validation/text-flaw.js';
import { ACCOUNT_AUDIENCE, ACCOUNT_ISSUER, ACCOUNT_TOKEN_TYPE } from './account-token.js';

/** Who a token speaks for. */
export interface TokenClaims {
  orgId: OrgId;
  subject: string;
  /** What the provider says he is in the organisation; null where it says nothing that is known here. */
  role: OrgRole | null;
  /** Of an account that is kept here: the session that the token belongs to. */
  sessionId?: string;
  expiresAt: Date;
}

const MAX_TOKEN_LENGTH = 8_192;
const KNOWN_TOKENS = 10_000;
const KNOWN_MS = 10_000;
const MAX_SUBJECT_LENGTH = 255;
const HASHED = 'sha256:';
const TYPES = [undefined, 'JWT', 'jwt', 'at+jwt'];
const ORG_CLAIM = 'https://heimdex.io/org_id';

/** Whose tokens are believed, and how they are signed. */
interface Issuer {
  key: Uint8Array | JWTVerifyGetKey;
  // Fixed by the issuer, never by the token: else a public key could be used as an HS256 secret.
  algorithms: string[];
  types: (string | undefined)[];
  issuer?: string | undefined;
  audience?: string | undefined;
}

/** Verifies the tokens of the provider, and those of accounts that are kept here. Every failure is the same 401: what was wrong with a token helps only those who forge one. */
export class TokenVerifier {
  private readonly outside: Issuer | undefined;
  private readonly own: Issuer | undefined;
  private readonly known = new Map<string, { claims: TokenClaims; until: number }>();

  constructor(private readonly config: AuthConfig) {
    this.outside = providerOf(config);
    this.own = accountsOf(config);
  }

  /** A token that was good a moment ago is good now, unless it has ended: the signature costs more than the rest of a request. */
  async verify(token: string): Promise<TokenClaims> {
    if (token.length > MAX_TOKEN_LENGTH) throw refused();
    const name = createHash('sha256').update(token).digest('base64');
    const known = this.known.get(name);
    if (known && known.until > Date.now()) return known.claims;
    const claims = await this.claimsOf(token);
    this.remember(name, claims);
    return claims;
  }

  private remember(name: string, claims: TokenClaims): void {
    this.known.delete(name);
    if (this.known.size >= KNOWN_TOKENS) this.known.delete(this.known.keys().next().value as string);
    this.known.set(name, { claims, until: Math.min(Date.now() + KNOWN_MS, claims.expiresAt.getTime()) });
  }

  private async claimsOf(token: string): Promise<TokenClaims> {
    // Only which key is to be tried: each has its own, and its own algorithms.
    const isOwn = this.own !== undefined && unverifiedIssuerOf(token) === ACCOUNT_ISSUER;
    const payload = await this.payloadOf(token, isOwn ? this.own : this.outside);
    const orgId = orgOf(payload);
    const { sub, exp, sid } = payload;
    if (!isLooseUuid(orgId) || !isSubject(sub) || typeof exp !== 'number') throw refused();
    const claims = { orgId: orgId.toLowerCase() as OrgId, subject: subjectOf(sub), role: isOwn ? null : roleOf(payload), expiresAt: new Date(exp * 1_000) };
    if (!isOwn) return claims;
    if (!isLooseUuid(sid)) throw refused();
    return { ...claims, sessionId: sid };
  }

  private async payloadOf(token: string, of: Issuer | undefined): Promise<JWTPayload> {
    if (!of) throw refused();
    const { clockToleranceSec } = this.config;
    const { algorithms, issuer, audience } = of;
    const from = { ...(issuer ? { issuer } : {}), ...(audience ? { audience } : {}) };
    const options = { algorithms, clockTolerance: clockToleranceSec, requiredClaims: ['exp', 'sub'], ...from };
    try {
      const { payload, protectedHeader } = await jwtVerify(token, of.key as JWTVerifyGetKey, options);
      if (!of.types.includes(protectedHeader.typ) || protectedHeader.crit !== undefined) throw refused();
      if (typeof payload.iat === 'number' && payload.iat > Date.now() / 1_000 + clockToleranceSec) throw refused();
      return payload;
    } catch (error) {
      if (isOutage(error))
        throw new CairnError('unavailable', 'The identity provider cannot be reached, so the token cannot be checked. Try again in a moment.', {
          cause: error,
          retryAfterSeconds: 2,
        });
      throw refused(error);
    }
  }
}

function providerOf(config: AuthConfig): Issuer | undefined {
  if (config.provider === 'accounts') return undefined;
  if (config.usesDevTokens) return { key: new TextEncoder().encode(config.devJwtSecret), algorithms: ['HS256'], types: TYPES };
  const { issuer, audience } = config;
  return { key: remoteKeys(config.jwksUrl as string), algorithms: ['RS256', 'ES256', 'EdDSA'], types: TYPES, issuer, audience };
}

function accountsOf({ tokenSecret }: AuthConfig): Issuer | undefined {
  if (tokenSecret === undefined) return undefined;
  const key = new TextEncoder().encode(tokenSecret);
  return { key, algorithms: ['HS256'], types: [ACCOUNT_TOKEN_TYPE], issuer: ACCOUNT_ISSUER, audience: ACCOUNT_AUDIENCE };
}

function unverifiedIssuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined; // it is no token, and is refused as one
  }
}

// While the provider is down, the keys it published last stay good: a known caller notices nothing.
function remoteKeys(url: string): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const last = remote.jwks();
      if (!isOutage(error) || last === undefined) throw error;
      return createLocalJWKSet(last)(header, token);
    }
  };
}

function ofApp(payload: JWTPayload, name: 'org_id' | 'role'): unknown {
  const app = payload.app_metadata;
  return app !== null && typeof app === 'object' ? Reflect.get(app, name) : undefined;
}

function orgOf(payload: JWTPayload): unknown {
  return ofApp(payload, 'org_id') ?? payload[ORG_CLAIM] ?? payload.org_id;
}

// Providers have words of their own in `role`: of Supabase it is "authenticated" for everybody.
function roleOf(payload: JWTPayload): OrgRole | null {
  return [ofApp(payload, 'role'), payload.role].find(isOrgRole) ?? null;
}

function isSubject(sub: unknown): sub is string {
  return typeof sub === 'string' && sub.length > 0 && sub.isWellFormed();
}

/** As the user is known here: what cannot be kept as it is goes by its hash, and so does what looks like one, which else were somebody else's. */
function subjectOf(sub: string): string {
  const isKept = sub.length <= MAX_SUBJECT_LENGTH && flawOfText(sub) === undefined && !sub.startsWith(HASHED);
  return isKept ? sub : HASHED + createHash('sha256').update(sub, 'utf8').digest('hex');
}

// jose answers these when the key set could not be fetched; everything else is about the token.
function isOutage(error: unknown): boolean {
  return (
    error instanceof errors.JWKSTimeout ||
    (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC') ||
    (error instanceof TypeError && /fetch failed/.test(error.message))
  );
}

export function refused(cause?: unknown): CairnError {
  return new CairnError('unauthenticated', 'The request needs a valid token or API key in the header `Authorization: Bearer …`.', { cause });
}
