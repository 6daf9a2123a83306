import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IsOptional, Matches } from 'class-validator';
import { Env } from './env.decorator.js';

/** Where documents may come from besides uploads. */
export class SourcesConfig {
  @Env('SOURCE_ROOTS', {
    doc: 'Folders that directory, file and local git sources may lie in, separated by commas; without any there are no such sources.',
    example: '/srv/documents',
  })
  @Matches(/^\//, { each: true, message: 'each of $property must be an absolute path' })
  roots: string[] = [];

  @Env('CAIRN_CRAWL_ALLOW', {
    doc: 'Pairs host:port that sources may connect to although they are not on the open internet, such as a page, a store or a mail server, separated by commas.',
    example: 'wiki.internal:8080',
  })
  @Matches(/^[^\s,]+:\d{1,5}$/, { each: true, message: 'each of $property must be a host and a port, such as 127.0.0.1:9000' })
  allow: string[] = [];

  @Env('SOURCE_WORK_DIR', {
    doc: 'Folder, as an absolute path, where what is fetched of remote repositories is kept from one run to the next. It may be emptied at any time. Not set: one below the folder of the system for temporary files.',
    example: '/var/cache/cairn/sources',
  })
  @IsOptional()
  @Matches(/^\//, { message: '$property must be an absolute path' })
  givenWorkFolder?: string;

  get workFolder(): string {
    return this.givenWorkFolder ?? join(tmpdir(), 'cairn-sources');
  }
}
