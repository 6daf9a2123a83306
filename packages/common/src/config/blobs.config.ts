import { Matches } from 'class-validator';
import { Env } from './env.decorator.js';

/** Where the files of organisations are kept. Whether it can be written is seen at the start, by `blobsProvider`. */
export class BlobsConfig {
  @Env('BLOB_DIR', {
    doc: 'Folder of uploaded files, as an absolute path; the same for every api and embedding worker.',
    example: '/var/lib/cairn/blobs',
  })
  @Matches(/^\//, { message: '$property must be an absolute path' })
  folder!: string;
}
