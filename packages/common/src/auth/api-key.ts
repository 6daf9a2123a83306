import type { OrgId } from '../ids.js';
import { mintCredential, parseCredential } from './credential-text.js';

const PREFIX = 'cairn_';

/** What a key says about itself; whether it is true is in the table. */
export interface ParsedApiKey {
  orgId: OrgId;
  keyId: string;
  secret: string;
}

export interface MintedApiKey {
  id: string;
  /** Shown once. */
  key: string;
  secretHash: Buffer;
}

export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

export function mintApiKey(orgId: OrgId): MintedApiKey {
  const { id, text, secretHash } = mintCredential(PREFIX, orgId);
  return { id, key: text, secretHash };
}

/** Refuses mistyped and invented keys without asking the database. */
export function parseApiKey(key: string): ParsedApiKey | undefined {
  const parsed = parseCredential(PREFIX, key);
  return parsed && { orgId: parsed.orgId, keyId: parsed.id, secret: parsed.secret };
}
