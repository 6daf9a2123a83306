import { expect, test } from '@jest/globals';
import type { OrgId } from '../ids.js';
import { mintApiKey, parseApiKey } from './api-key.js';
import { mintCredential, parseCredential, secretMatches } from './credential-text.js';

const ORG = '00000000-0000-4000-8000-0000000000ff' as OrgId;

test('T7: a key says which organisation and key it is, and proves its secret against the hash', () => {
  const minted = mintApiKey(ORG);
  const parsed = parseApiKey(minted.key);
  expect(parsed).toMatchObject({ orgId: ORG, keyId: minted.id });
  expect(secretMatches(parsed?.secret as string, minted.secretHash)).toBe(true);
  expect(secretMatches(`${parsed?.secret.slice(1)}x`, minted.secretHash)).toBe(false);
});

test('T7: a key with any character changed is refused by its checksum', () => {
  const { key } = mintApiKey(ORG);
  for (let at = 0; at < key.length; at++) {
    const changed = `${key.slice(0, at)}${key[at] === 'a' ? 'b' : 'a'}${key.slice(at + 1)}`;
    expect(parseApiKey(changed)).toBeUndefined();
  }
  for (const bad of ['', 'cairn_', `${key}a`, key.slice(0, -1)]) expect(parseApiKey(bad)).toBeUndefined();
});

test('T7: no two keys are alike, and the hash does not hold the secret', () => {
  const keys = Array.from({ length: 50 }, () => mintApiKey(ORG));
  expect(new Set(keys.map((minted) => minted.key)).size).toBe(50);
  for (const { key, secretHash } of keys) expect(key).not.toContain(secretHash.toString('hex'));
});

test('T6: a credential of one kind is none of another', () => {
  const prefixes = ['cairn_', 'cairnr_', 'cairni_'] as const;
  for (const minted of prefixes) {
    const { text, id } = mintCredential(minted, ORG);
    expect(prefixes.map((prefix) => parseCredential(prefix, text)?.id)).toEqual(prefixes.map((prefix) => (prefix === minted ? id : undefined)));
  }
});
