import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AwsV4Signer } from 'aws4fetch';
import type { Subject } from '../../refused.js';
import type { WebAnswer, WebClient } from '../../web/web-client.js';
import { badAnswer, needsKeys } from '../source-refused.js';
import { type BucketPage, readBucketPage } from './read-bucket-page.js';

export interface BucketAddress {
  endpoint: string;
  region: string;
  bucket: string;
  access_key_id?: string;
  secret_access_key?: string;
  session_token?: string;
}

interface Asked {
  maxBytes: number;
  signal: AbortSignal | undefined;
}

// A thousand keys of 1,024 bytes, each of which may be written as three.
const MOST_PAGE_BYTES = 10_000_000;
const PAGE = 1_000;

/** As S3 wants it: also what JavaScript leaves as it is. */
const encoded = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** One bucket of a store that speaks S3. The bucket stands in the path: a store of one's own has no name for each. */
export class S3Bucket {
  constructor(
    private readonly web: WebClient,
    private readonly address: BucketAddress,
    private readonly subject: Subject,
  ) {}

  /** A part of what begins with the prefix, in the order of its bytes. */
  async page({ prefix, after }: { prefix: string; after: string | undefined }, signal: AbortSignal | undefined): Promise<BucketPage> {
    const query: [string, string][] = [
      ['encoding-type', 'url'],
      ['list-type', '2'],
      ['max-keys', String(PAGE)],
      ['prefix', prefix],
    ];
    if (after !== undefined) query.unshift(['continuation-token', after]);
    const search = query.map(([name, value]) => `${name}=${encoded(value)}`).join('&');
    const body = await this.get(`?${search}`, { maxBytes: MOST_PAGE_BYTES, signal });
    return readBucketPage(await buffer(body), this.subject);
  }

  async open(key: string, asked: Asked): Promise<Readable> {
    return this.get(`/${key.split('/').map(encoded).join('/')}`, asked);
  }

  private async get(rest: string, asked: Asked): Promise<Readable> {
    const base = this.address.endpoint.replace(/\/+$/, '');
    const url = `${base}/${encoded(this.address.bucket)}${rest}`;
    const answer = await this.web.request(url, { ...asked, headers: await this.signed(url) });
    if (answer.status === 200) return answer.body;
    answer.body.destroy();
    throw this.refusal(answer);
  }

  private refusal({ status }: WebAnswer): Error {
    return status === 401 || status === 403 ? needsKeys(this.subject) : badAnswer(this.subject, status);
  }

  /** Without keys nothing is signed: some buckets are for everybody. */
  private async signed(url: string): Promise<Record<string, string>> {
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken, region } = this.address;
    if (accessKeyId === undefined || secretAccessKey === undefined) return {};
    const signer = new AwsV4Signer({ url, method: 'GET', accessKeyId, secretAccessKey, region, service: 's3', ...(sessionToken ? { sessionToken } : {}) });
    return Object.fromEntries((await signer.sign()).headers);
  }
}
