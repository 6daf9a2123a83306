import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { TenantScope } from '../tenancy/tenant-scope.js';

const CIPHER = 'aes-256-gcm';
const FORM = 1;
const KEY_NAME_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export type Secrets = Readonly<Record<string, string>>;

/** What was kept cannot be read: its key is not here any more, it was changed, or it belongs elsewhere. */
export class UnreadableSecrets extends Error {
  constructor(options?: ErrorOptions) {
    super('Secrets that were kept cannot be read with the keys that this process has', options);
  }
}

/** What the secrets of a source are bound to. */
export const boundToSource = ({ orgId }: TenantScope, sourceId: string): string[] => ['source', orgId, sourceId];

const nameOf = (key: Buffer): Buffer => createHash('sha256').update('name of a key').update(key).digest().subarray(0, KEY_NAME_BYTES);
const boundBytes = (boundTo: readonly string[]): Buffer => Buffer.from(JSON.stringify(boundTo));

/**
 * Keeps secrets so that they can be read only with the key, and only for what they were kept for. The first key is for keeping, all are for reading.
 * Form 1: 1, name of the key (4 bytes), nonce (12), tag (16), AES-256-GCM of the secrets as JSON.
 */
export class SecretBox {
  constructor(private readonly keys: readonly Buffer[]) {}

  seal(secrets: Secrets, boundTo: readonly string[]): Buffer {
    const key = this.keys[0] as Buffer;
    const nonce = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundBytes(boundTo));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets), 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.of(FORM), nameOf(key), nonce, cipher.getAuthTag(), sealed]);
  }

  open(bytes: Buffer, boundTo: readonly string[]): Secrets {
    const key = this.keys.find((one) => bytes[0] === FORM && nameOf(one).equals(bytes.subarray(1, 1 + KEY_NAME_BYTES)));
    if (key === undefined) throw new UnreadableSecrets();
    try {
      return JSON.parse(opened(key, bytes.subarray(1 + KEY_NAME_BYTES), boundTo)) as Secrets;
    } catch (cause) {
      throw new UnreadableSecrets({ cause });
    }
  }
}

function opened(key: Buffer, bytes: Buffer, boundTo: readonly string[]): string {
  const [nonce, tag, sealed] = [bytes.subarray(0, IV_BYTES), bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES), bytes.subarray(IV_BYTES + TAG_BYTES)];
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundBytes(boundTo)).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
}
