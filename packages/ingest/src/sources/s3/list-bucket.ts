import type { Subject } from '../../refused.js';
import type { PathFilter } from '../config/path-filter.js';
import type { ListOptions, SourceItem, SourceLimits } from '../source.js';
import { MOST_PATH_BYTES } from '../source-limits.js';
import { badList, tooManyEntries, tooManyFiles } from '../source-refused.js';
import type { BucketObject } from './read-bucket-page.js';
import type { S3Bucket } from './s3-bucket.js';

export interface BucketList {
  bucket: S3Bucket;
  prefix: string;
  subject: Subject;
  filter: PathFilter;
  limits: SourceLimits;
}

/** All objects below a prefix. A store whose list is out of order could let one pass for another. */
async function* objectsOf({ bucket, prefix, subject, limits }: BucketList, signal: AbortSignal | undefined): AsyncGenerator<BucketObject> {
  let after: string | undefined;
  let last = Buffer.alloc(0);
  let seen = 0;
  do {
    signal?.throwIfAborted();
    const page = await bucket.page({ prefix, after }, signal);
    if (page.next !== undefined && (page.objects.length === 0 || page.next === after)) throw badList(subject);
    for (const object of page.objects) {
      const key = Buffer.from(object.key);
      if (!object.key.startsWith(prefix) || Buffer.compare(last, key) >= 0) throw badList(subject);
      if (++seen > limits.entries) throw tooManyEntries(subject, limits.entries);
      last = key;
      yield object;
    }
    after = page.next;
  } while (after !== undefined);
}

// An address cannot hold such names: the parser of URLs takes them away.
const isPath = (names: readonly string[]): boolean => names.every((name) => name !== '' && name !== '.' && name !== '..');

/** The items of a bucket, ordered by the bytes of their paths. Keys that end in a slash stand for folders and are none. */
export async function* listBucket(list: BucketList, { signal, note }: ListOptions): AsyncGenerator<SourceItem> {
  let files = 0;
  for await (const { key, size, etag, modifiedAt } of objectsOf(list, signal)) {
    const path = key.slice(list.prefix.length);
    const names = path.split('/');
    if (path === '' || path.endsWith('/')) continue;
    if (!isPath(names) || !path.isWellFormed() || Buffer.byteLength(path) > MOST_PATH_BYTES) note?.({ path, reason: 'bad_name' });
    else if (names.some((name) => list.filter.hides(name))) note?.({ path, reason: 'hidden' });
    else if (list.filter.wantsFile(path)) {
      if (++files > list.limits.files) throw tooManyFiles(list.subject, list.limits.files);
      yield { path, fileName: names.at(-1) as string, size, modifiedAt, version: etag };
    }
  }
}
