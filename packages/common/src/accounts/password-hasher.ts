import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { CairnError } from '../errors/catalogue.js';

/** How expensive a guess is: one of the settings that OWASP gives for scrypt, with 32 MB. Kept beside each hash, so that it can be raised. */
const COST = { log2N: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
// Each takes a thread of the pool, which files and names need too, and its 32 MB.
const MAX_AT_ONCE = 2;
const MAX_WAITING = 64;

type Cost = typeof COST;

interface StoredHash {
  cost: Cost;
  salt: Buffer;
  hash: Buffer;
}

/** Hashes passwords, a few at once; more than can wait are refused. */
export class PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly nobody = textOf({ cost: COST, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) });

  /** The text to keep of a password. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    return textOf({ cost: COST, salt, hash: await this.derive(password, salt, COST) });
  }

  /** Whether it is the password. Where there is no hash it is not, and that takes as long to say. */
  async matches(password: string, stored: string | undefined): Promise<boolean> {
    const { cost, salt, hash } = parse(stored ?? this.nobody);
    const given = await this.derive(password, salt, cost);
    return timingSafeEqual(given, hash) && stored !== undefined;
  }

  private async derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
    await this.turn();
    try {
      return await derive(password, salt, cost);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  private async turn(): Promise<void> {
    if (this.running >= MAX_AT_ONCE) {
      if (this.waiting.length >= MAX_WAITING)
        throw new CairnError('unavailable', 'Too many passwords are being checked at once. Try again in a moment.', { retryAfterSeconds: 5 });
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running++;
  }
}

/** True where the hash was made with less than what is asked of new ones. */
export function isOutdated(stored: string): boolean {
  const { cost } = parse(stored);
  return cost.log2N !== COST.log2N || cost.r !== COST.r || cost.p !== COST.p;
}

// Two keyboards may send the same character in two forms.
function derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** log2N, r, p, maxmem: 256 * 2 ** log2N * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function textOf({ cost, salt, hash }: StoredHash): string {
  return ['scrypt', cost.log2N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

function parse(stored: string): StoredHash {
  const [, log2N, r, p, salt, hash] = stored.split('$');
  const bytes = (text = '') => Buffer.from(text, 'base64url');
  return { cost: { log2N: Number(log2N), r: Number(r), p: Number(p) }, salt: bytes(salt), hash: bytes(hash) };
}
