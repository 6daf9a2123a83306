import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { CairnError } from '../errors/catalogue.js';

const SEAL_BYTES = 16;

/**
 * Cursors that say nothing to who holds them, that only this system can make, valid for one organisation and one list. The same place gives the same
 * cursor: the seal, made of the place itself, is also what the encryption begins with.
 */
export class CursorSeal {
  private readonly sealing: Buffer;
  private readonly encrypting: Buffer;

  constructor(secret: string) {
    [this.sealing, this.encrypting] = ['seal', 'encrypt'].map((use) => createHmac('sha256', secret).update(use).digest()) as [Buffer, Buffer];
  }

  seal(position: object, boundTo: string[]): string {
    const text = JSON.stringify(position);
    const seal = this.sealOf(text, boundTo);
    const cipher = createCipheriv('aes-256-ctr', this.encrypting, seal);
    return Buffer.concat([seal, cipher.update(text, 'utf8'), cipher.final()]).toString('base64url');
  }

  /** `path` is where the caller wrote it. */
  open<T>(cursor: string, boundTo: string[], path = 'cursor'): T {
    const bytes = Buffer.from(cursor, 'base64url');
    const text = bytes.length > SEAL_BYTES && bytes.toString('base64url') === cursor ? this.decrypted(bytes) : undefined;
    if (text === undefined || !timingSafeEqual(this.sealOf(text, boundTo), bytes.subarray(0, SEAL_BYTES))) {
      throw new CairnError('invalid_cursor', 'This system did not give out this cursor for this list. Leave it out to begin anew.', {
        errors: [{ path, message: 'was not given out by this system for this list' }],
      });
    }
    return JSON.parse(text) as T;
  }

  private decrypted(bytes: Buffer): string {
    const decipher = createDecipheriv('aes-256-ctr', this.encrypting, bytes.subarray(0, SEAL_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(SEAL_BYTES)), decipher.final()]).toString('utf8');
  }

  private sealOf(text: string, boundTo: string[]): Buffer {
    return createHmac('sha256', this.sealing)
      .update(JSON.stringify([text, ...boundTo]))
      .digest()
      .subarray(0, SEAL_BYTES);
  }
}
