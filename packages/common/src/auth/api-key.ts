import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isLooseUuid, newId, type OrgId } from '../ids.js';

// cairn_<organisation, 22><key id, 22><secret, 43><checksum, 6>: one word to double-click, and the organisation in it lets
// the lookup run under row-level security like every other statement.
const PREFIX = 'cairn_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PARTS = /^cairn_([0-9A-Za-z]{22})([0-9A-Za-z]{22})([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

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

export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(PREFIX);
}

export function mintApiKey(orgId: OrgId): MintedApiKey {
  const id = newId();
  const secret = toBase62(randomBytes(32), 43);
  const body = `${PREFIX}${toBase62(bytesOf(orgId), 22)}${toBase62(bytesOf(id), 22)}${secret}`;
  return { id, key: `${body}${checksumOf(body)}`, secretHash: hashOf(secret) };
}

/** Refuses mistyped and invented keys without asking the database. */
export function parseApiKey(key: string): ParsedApiKey | undefined {
  const match = PARTS.exec(key);
  if (!match || checksumOf(key.slice(0, -6)) !== match[4]) return undefined;
  const orgId = uuidOf(match[1] as string);
  const keyId = uuidOf(match[2] as string);
  if (!isLooseUuid(orgId) || !isLooseUuid(keyId)) return undefined;
  return { orgId: orgId as OrgId, keyId, secret: match[3] as string };
}

export function secretMatches(secret: string, hash: Buffer): boolean {
  const given = hashOf(secret);
  return given.length === hash.length && timingSafeEqual(given, hash);
}
