import { describe, expect, it } from '@jest/globals';
import { isOutdated, PasswordHasher } from './password-hasher.js';

const hasher = new PasswordHasher();

describe('a password', () => {
  it('T6: is known again by its hash, in both forms of its letters, and nothing else is', async () => {
    const stored = await hasher.hash('Grüße aus Köln');
    expect(await hasher.matches('Grüße aus Köln'.normalize('NFD'), stored)).toBe(true);
    for (const wrong of ['grüße aus Köln', 'Grüße aus Köln ', '']) expect(await hasher.matches(wrong, stored)).toBe(false);
  });

  it('T6: is kept with its cost and a salt of its own, and never as it is', async () => {
    const [one, other] = [await hasher.hash('the same twice'), await hasher.hash('the same twice')];
    expect(one).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect([one === other, one.includes('same'), isOutdated(one), isOutdated(one.replace('$15$', '$14$'))]).toEqual([false, false, false, true]);
  });

  it('T6: of an older, lower cost is still known', async () => {
    // scrypt of "an old one" with the salt 0000000000000000, N = 2^10, r = 8, p = 1
    const { scryptSync } = await import('node:crypto');
    const salt = Buffer.from('0000000000000000');
    const hash = scryptSync('an old one', salt, 32, { N: 1024, r: 8, p: 1 });
    const stored = `scrypt$10$8$1$${salt.toString('base64url')}$${hash.toString('base64url')}`;
    expect([await hasher.matches('an old one', stored), await hasher.matches('a new one', stored), isOutdated(stored)]).toEqual([true, false, true]);
  });

  it('T6: of nobody is refused after as much work as of somebody', async () => {
    const stored = await hasher.hash('somebody');
    const msOf = async (of: string | undefined) => {
      const began = process.hrtime.bigint();
      expect(await hasher.matches('a guess', of)).toBe(false);
      return Number(process.hrtime.bigint() - began) / 1e6;
    };
    const nobody = Math.min(await msOf(undefined), await msOf(undefined));
    const somebody = Math.min(await msOf(stored), await msOf(stored));
    expect(nobody).toBeGreaterThan(somebody / 3);
  });

  it('T6: that comes with too many others at once is refused, and those before it are all answered', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 80 }, () => hasher.matches('x', 'scrypt$4$8$1$AAAA$AAAA').catch((error) => Promise.reject(error.code))),
    );
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected' && outcome.reason === 'unavailable');
    expect(refused.length).toBe(80 - 66);
  });
});
