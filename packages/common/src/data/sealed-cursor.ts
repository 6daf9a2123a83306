import { createHmac, timingSafeEqual } from 'node:crypto';
import { CairnError } from '../errors/catalogue.js';

/** List cursors that only this system can make, valid for one organisation and one set of list filters. */
export class CursorSeal {
  constructor(private readonly secret: string) {}

  seal(position: object, boundTo: string[]): string {
    const body = Buffer.from(JSON.stringify(position)).toString('base64url');
    return `${body}.${this.mac(body, boundTo)}`;
  }

  open<T>(cursor: string, boundTo: string[]): T {
    const [body = '', mac = ''] = cursor.split('.');
    const expected = Buffer.from(this.mac(body, boundTo));
    const given = Buffer.from(mac);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw new CairnError('invalid_cursor', 'The cursor does not belong to this list. Leave it out to start from the beginning.');
    }
    return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as T;
  }

  private mac(body: string, boundTo: string[]): string {
    return createHmac('sha256', this.secret)
      .update(JSON.stringify([body, ...boundTo]))
      .digest('base64url')
      .slice(0, 22);
  }
}
