import { IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { checkEncrypted } from '../check-encrypted.js';
import { FILTER_DOCS, FilterConfig } from '../config/filter.config.js';
import { PathFilter } from '../config/path-filter.js';
import type { ConfigDocs } from '../config/read-config.js';
import { itemPath } from '../files/item-path.js';
import { listBucket } from '../s3/list-bucket.js';
import { S3Bucket } from '../s3/s3-bucket.js';
import type { SourceKind, SourceRules } from '../source.js';
import { halfAKey } from '../source-refused.js';

const MOST_KEY = 1_024;

export class S3Config extends FilterConfig {
  @IsString()
  @Matches(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { message: 'bucket must be the name of a bucket: small letters, digits, dots and dashes' })
  bucket!: string;

  @IsString()
  @MinLength(1)
  @MaxLength(1_000)
  endpoint!: string;

  @IsString()
  @MaxLength(100)
  region = 'us-east-1';

  @IsString()
  @MaxLength(MOST_KEY)
  prefix = '';

  @IsOptional()
  @IsString()
  @MaxLength(200)
  access_key_id?: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  secret_access_key?: string;

  @IsOptional()
  @IsString()
  @MaxLength(4_000)
  session_token?: string;
}

const DOCS: ConfigDocs<S3Config> = {
  bucket: 'The name of the bucket.',
  endpoint: 'The https:// address of the store, such as https://s3.eu-central-1.amazonaws.com.',
  region: 'The region that requests are signed for.',
  prefix: 'A folder in the bucket; left out, all of it.',
  access_key_id: 'Left out with its secret, nothing is signed, and the bucket must be open to everybody.',
  secret_access_key: 'The secret of the key.',
  session_token: 'For keys that were lent for some time.',
  ...FILTER_DOCS,
};

const subjectOf = ({ bucket }: S3Config) => ({ field: 'bucket', value: bucket });

/** A prefix is a folder, so that `docs` is not `docs-old`, too. */
function folderOf({ prefix }: S3Config): string {
  const bare = prefix.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `${bare}/`;
}

function bucketOf(config: S3Config, { web }: SourceRules): S3Bucket {
  const { endpoint, access_key_id, secret_access_key } = config;
  checkEncrypted({ field: 'endpoint', value: endpoint }, web);
  if ((access_key_id === undefined) !== (secret_access_key === undefined)) throw halfAKey(subjectOf(config));
  return new S3Bucket(web, config, subjectOf(config));
}

export const s3Source: SourceKind<S3Config> = {
  type: 's3',
  summary: 'The objects of a bucket, in any store that speaks S3.',
  config: { type: S3Config, docs: DOCS, place: 'bucket', below: ['prefix'], secrets: ['secret_access_key', 'session_token'] },

  async check(config, rules) {
    new PathFilter(config);
    bucketOf(config, rules);
  },

  async *list(config, rules, options) {
    const filter = new PathFilter(config);
    yield* listBucket({ bucket: bucketOf(config, rules), prefix: folderOf(config), subject: subjectOf(config), filter, limits: rules.limits }, options);
  },

  async open(config, rules, { path }, { maxBytes, signal }) {
    return bucketOf(config, rules).open(folderOf(config) + itemPath(path), { maxBytes, signal });
  },
};
