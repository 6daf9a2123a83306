import { readXml } from '../../parse/xml/read-xml.js';
import type { Subject } from '../../refused.js';
import { badList } from '../source-refused.js';

export interface BucketObject {
  key: string;
  size: number;
  etag: string;
  modifiedAt: Date;
}

export interface BucketPage {
  objects: BucketObject[];
  /** Where the next page begins; undefined when this is the last. */
  next: string | undefined;
}

const MOST_DEPTH = 20;
const MOST_ETAG = 200;
const ROOT = 'ListBucketResult';

/** What a store answered, of which nothing is believed before it is checked. */
export function readBucketPage(bytes: Uint8Array, subject: Subject): BucketPage {
  try {
    return pageOf(bytes);
  } catch (error) {
    throw badList(subject, error);
  }
}

type Fields = Record<string, string>;

function pageOf(bytes: Uint8Array): BucketPage {
  const contents: Fields[] = [];
  const page: Fields = {};
  const path: string[] = [];
  let root: string | undefined;
  readXml(
    { bytes, what: 'a list of objects', limits: { maxDepth: MOST_DEPTH } },
    {
      open(name) {
        root ??= name;
        path.push(name);
        if (name === 'Contents' && path.length === 2) contents.push({});
      },
      text(text) {
        const field = path.at(-1) as string;
        const fields = path.length === 2 ? page : path.length === 3 && path[1] === 'Contents' ? contents.at(-1) : undefined;
        if (fields !== undefined) fields[field] = (fields[field] ?? '') + text;
      },
      close: () => void path.pop(),
    },
  );
  // A page of somebody's gateway would pass for an empty bucket, and everything in it for deleted.
  if (root !== ROOT) throw new Error('this is another document');
  const isEncoded = page.EncodingType?.trim() === 'url';
  return { objects: contents.map((fields) => objectOf(fields, isEncoded)), next: nextOf(page) };
}

function nextOf({ IsTruncated, NextContinuationToken }: Fields): string | undefined {
  if (IsTruncated?.trim() !== 'true') return undefined;
  if (!NextContinuationToken) throw new Error('a list goes on nowhere');
  return NextContinuationToken;
}

function objectOf({ Key, Size, ETag, LastModified }: Fields, isEncoded: boolean): BucketObject {
  const key = isEncoded ? decodeURIComponent((Key ?? '').replaceAll('+', ' ')) : (Key ?? '');
  const object = { key, size: Number(Size), etag: (ETag ?? '').trim().replace(/^"|"$/g, ''), modifiedAt: new Date(LastModified?.trim() ?? '') };
  const isWhole =
    key !== '' &&
    object.etag !== '' &&
    object.etag.length <= MOST_ETAG &&
    Number.isSafeInteger(object.size) &&
    object.size >= 0 &&
    !Number.isNaN(object.modifiedAt.getTime());
  if (!isWhole) throw new Error('an object lacks a part');
  return object;
}
