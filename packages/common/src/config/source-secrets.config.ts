import { createHash } from 'node:crypto';
import { Matches } from 'class-validator';
import { Env } from './env.decorator.js';
import { EnvironmentConfig } from './environment.js';
import type { ChecksItself, ConfigProblem } from './load-config.js';

// 32 bytes: 64 hex digits, or 44 characters of base64.
const KEY = /^([0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/;
const LOCAL_KEY = createHash('sha256').update('local-source-secret').digest('hex');

/** What tokens and keys of sources are encrypted with. */
export class SourceSecretsConfig extends EnvironmentConfig implements ChecksItself {
  @Env('SOURCE_SECRET_KEY', {
    doc: 'Encrypts the tokens and keys of sources: 32 random bytes as base64 or hex (openssl rand -base64 32), the same for every api and embedding worker. Without it none can be read again.',
    secret: true,
  })
  @Matches(KEY, { message: '$property must be 32 bytes, as 64 hex digits or 44 characters of base64' })
  key: string = LOCAL_KEY;

  @Env('SOURCE_SECRET_OLD_KEYS', {
    doc: 'Keys that SOURCE_SECRET_KEY was before, separated by commas; what they encrypted can still be read.',
    secret: true,
  })
  @Matches(KEY, { each: true, message: 'each of $property must be 32 bytes, as 64 hex digits or 44 characters of base64' })
  oldKeys: string[] = [];

  /** The one to encrypt with, and then those to read with. */
  get keys(): Buffer[] {
    return [this.key, ...this.oldKeys].map((key) => Buffer.from(key, key.length === 64 ? 'hex' : 'base64'));
  }

  problems(): ConfigProblem[] {
    if (this.isLocal || this.key !== LOCAL_KEY) return [];
    return [{ name: 'SOURCE_SECRET_KEY', message: `must be set to a key of its own when CAIRN_ENV is ${this.env}` }];
  }
}
