import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SecretBox, UnreadableSecrets } from './secret-box.js';

const [key, older, another] = [randomBytes(32), randomBytes(32), randomBytes(32)] as [Buffer, Buffer, Buffer];
const secrets = { token: 'hunter2' };
const here = ['org', 'source'];

describe('I6: secrets that are kept', () => {
  it('are read again with the key, for what they were kept for, and by nobody else', () => {
    const box = new SecretBox([key]);
    const kept = box.seal(secrets, here);
    expect(box.open(kept, here)).toEqual(secrets);
    expect(kept.includes('hunter2')).toBe(false);
    for (const elsewhere of [['org', 'other'], ['other', 'source'], ['orgs', 'ource'], []]) expect(() => box.open(kept, elsewhere)).toThrow(UnreadableSecrets);
    expect(() => new SecretBox([another]).open(kept, here)).toThrow(UnreadableSecrets);
  });

  it('look different each time', () => {
    const box = new SecretBox([key]);
    expect(box.seal(secrets, here).equals(box.seal(secrets, here))).toBe(false);
  });

  it('are not read when a single byte of them was changed, or the end is missing', () => {
    const box = new SecretBox([key]);
    const kept = box.seal(secrets, here);
    for (let at = 0; at < kept.length; at++) {
      const changed = Buffer.from(kept);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => box.open(changed, here)).toThrow(UnreadableSecrets);
    }
    for (const length of [0, 1, 5, 20, kept.length - 1]) expect(() => box.open(kept.subarray(0, length), here)).toThrow(UnreadableSecrets);
  });

  it('are read after the key was changed while the older one is given, too', () => {
    const kept = new SecretBox([older]).seal(secrets, here);
    const rotated = new SecretBox([key, older]);
    expect(rotated.open(kept, here)).toEqual(secrets);
    expect(new SecretBox([key]).open(rotated.seal(secrets, here), here)).toEqual(secrets);
  });
});
