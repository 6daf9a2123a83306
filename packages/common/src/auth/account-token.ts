import { SignJWT } from 'jose';
import type { OrgId } from '../ids.js';

export const ACCOUNT_ISSUER = 'urn:cairn:accounts';
export const ACCOUNT_AUDIENCE = 'urn:cairn:api';
export const ACCOUNT_TOKEN_TYPE = 'at+jwt';

/** Whom an access token of an account speaks for. */
export interface AccountClaims {
  orgId: OrgId;
  /** As the users of the organisation have it. */
  subject: string;
  sessionId: string;
}

/** A short-lived token for a session. It says no role: the database does, as long as the session lasts. */
export function signAccountToken({ orgId, subject, sessionId }: AccountClaims, { secret, lifeSec }: { secret: string; lifeSec: number }): Promise<string> {
  const nowSec = Math.floor(Date.now() / 1_000);
  return new SignJWT({ org_id: orgId, sid: sessionId })
    .setProtectedHeader({ alg: 'HS256', typ: ACCOUNT_TOKEN_TYPE })
    .setIssuer(ACCOUNT_ISSUER)
    .setAudience(ACCOUNT_AUDIENCE)
    .setSubject(subject)
    .setIssuedAt(nowSec)
    .setExpirationTime(nowSec + lifeSec)
    .sign(new TextEncoder().encode(secret));
}
