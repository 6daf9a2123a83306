import { IsString, MaxLength, MinLength } from 'class-validator';
import type { WebAnswer } from '../../web/web-client.js';
import type { SourceItem, SourceKind, SourceRules } from '../source.js';
import { badAnswer } from '../source-refused.js';

export class UrlConfig {
  @IsString()
  @MinLength(1)
  @MaxLength(2_048)
  url!: string;
}

// Servers that do not know the method say so with these, or as if there were nothing.
const NO_HEAD = new Set([400, 403, 404, 405, 501]);
const NO_BYTES = 0;
const MIME_TYPE = /^([\w.+-]{1,60}\/[\w.+-]{1,60})\s*(?:;.*?\bcharset\s*=\s*["']?([\w.:-]{1,40}).*|;.*)?$/s;
const MOST_NAME = 200;
// Servers may say what they like; it is kept for each item.
const MOST_VERSION = 200;

const isGood = ({ status }: WebAnswer): boolean => status >= 200 && status < 300;

// The query may be secret.
function refuseAnswer({ url, status }: WebAnswer): Error {
  return badAnswer({ field: 'url', value: `${url.origin}${url.pathname}` }, status);
}

/** The last part of the path, readable, or the name of the host. */
function fileNameOf(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return (decodeURIComponent(last).replace(/[/\0]/g, '_') || url.hostname).slice(0, MOST_NAME);
  } catch {
    return last.slice(0, MOST_NAME);
  }
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** What a server promises about its content: an ETag, or else when it last changed and how long it is. */
function versionOf({ etag, 'last-modified': changed, 'content-length': length }: WebAnswer['headers']): string | undefined {
  if (etag !== undefined) return etag.length <= MOST_VERSION ? etag : undefined;
  return changed !== undefined && length !== undefined ? `${changed} ${length}` : undefined;
}

/** With the encoding that the server names; UTF-8 is what is thought of anyway. */
function mimeTypeOf(contentType = ''): string | undefined {
  const [, type, charset = 'utf-8'] = MIME_TYPE.exec(contentType.trim().toLowerCase()) ?? [];
  return type === undefined || /^utf-?8$/.test(charset) ? type : `${type}; charset=${charset}`;
}

function factsOf(headers: WebAnswer['headers']): Partial<SourceItem> {
  const size = Number(headers['content-length']);
  const facts = { modifiedAt: dateOf(headers['last-modified']), version: versionOf(headers), mimeType: mimeTypeOf(headers['content-type']) };
  // What is sent packed has another length than what is read.
  const isPacked = headers['content-encoding'] !== undefined;
  const known = { ...facts, size: Number.isSafeInteger(size) && !isPacked ? size : undefined };
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined));
}

/** What there is, without its content: by HEAD, or by a GET that is broken off where HEAD is not known. */
async function headersOf({ url }: UrlConfig, { web }: SourceRules, signal: AbortSignal | undefined): Promise<WebAnswer> {
  const asked = { maxBytes: NO_BYTES, signal };
  let answer = await web.request(url, { ...asked, method: 'HEAD' });
  answer.body.destroy();
  if (NO_HEAD.has(answer.status)) {
    answer = await web.request(url, asked);
    answer.body.destroy();
  }
  if (!isGood(answer)) throw refuseAnswer(answer);
  return answer;
}

export const urlSource: SourceKind<UrlConfig> = {
  type: 'url',
  summary: 'One file or page on the web.',
  config: {
    type: UrlConfig,
    docs: { url: 'An address that begins with https:// or http://, on the open internet or allowed by the operator. Links in it are not followed.' },
    place: 'url',
    secrets: [],
  },

  async check({ url }, { web }) {
    web.rules.check(url);
  },

  async *list(config, rules, { signal }) {
    const fileName = fileNameOf(rules.web.rules.check(config.url));
    const { headers } = await headersOf(config, rules, signal);
    yield { path: fileName, fileName, ...factsOf(headers) };
  },

  async open({ url }, { web }, _item, { signal, maxBytes }) {
    const answer = await web.request(url, { maxBytes, signal });
    if (isGood(answer)) return answer.body;
    answer.body.destroy();
    throw refuseAnswer(answer);
  },
};
