import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isLooseUuid, newId, type OrgId } from '../ids.js';

// <prefix>_<organisation, 22><id, 22><secret, 43><checksum, 6>: one word to double-click, and the organisation in it lets
// the lookup run under row-level security like every other statement.
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PARTS = /^([a-z]+_)([0-9A-Za-z]{22})([0-9A-Za-z]{22})([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** API keys, refresh tokens, invitations: one cannot be taken for another. */
export type CredentialPrefix = 'cairn_' | 'cairnr_' | 'cairni_';

/** What a credential says about itself; whether it is true is in the table. */
export interface ParsedCredential {
  orgId: OrgId;
  id: string;
  secret: string;
}

export interface MintedCredential {
  id: string;
  /** Shown once. */
  text: string;
  secretHash: Buffer;
}

function toBase62(bytes: Buffer, length: number): string {
  let value = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; text.length < length; value /= 62n) text = ALPHABET[Number(value % 62n)] + text;
  return text;
}

function uuidOf(text: string): string | undefined {
  const value = [...text].reduce((sum, digit) => sum * 62n + BigInt(ALPHABET.indexOf(digit)), 0n);
  const hex = value.toString(16).padStart(32, '0');
  if (hex.length !== 32) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
const checksumOf = (body: string): string => toBase62(createHash('sha256').update(body).digest().subarray(0, 4), 6);
// 256 random bits need no slow password hash.
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

export function mintCredential(prefix: CredentialPrefix, orgId: OrgId): MintedCredential {
  const id = newId();
  const secret = toBase62(randomBytes(32), 43);
  const body = `${prefix}${toBase62(bytesOf(orgId), 22)}${toBase62(bytesOf(id), 22)}${secret}`;
  return { id, text: `${body}${checksumOf(body)}`, secretHash: hashOf(secret) };
}

/** Refuses mistyped and invented credentials, and those of another kind, without asking the database. */
export function parseCredential(prefix: CredentialPrefix, text: string): ParsedCredential | undefined {
  const match = PARTS.exec(text);
  if (match?.[1] !== prefix || checksumOf(text.slice(0, -6)) !== match[5]) return undefined;
  const orgId = uuidOf(match[2] as string);
  const id = uuidOf(match[3] as string);
  if (!isLooseUuid(orgId) || !isLooseUuid(id)) return undefined;
  return { orgId: orgId as OrgId, id, secret: match[4] as string };
}

export function secretMatches(secret: string, hash: Buffer): boolean {
  const given = hashOf(secret);
  return given.length === hash.length && timingSafeEqual(given, hash);
}
