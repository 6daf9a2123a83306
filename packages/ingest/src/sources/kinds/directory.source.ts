import { IsBoolean, IsString, MaxLength, MinLength } from 'class-validator';
import type { Subject } from '../../refused.js';
import { FILTER_DOCS, FilterConfig } from '../config/filter.config.js';
import { PathFilter } from '../config/path-filter.js';
import type { ConfigDocs } from '../config/read-config.js';
import { itemPath } from '../files/item-path.js';
import { openFile } from '../files/open-file.js';
import { openTop } from '../files/open-top.js';
import { placeOf } from '../files/place.js';
import { FolderWalk } from '../files/walk-folder.js';
import type { SourceKind } from '../source.js';

export class DirectoryConfig extends FilterConfig {
  @IsString()
  @MinLength(1)
  @MaxLength(4_096)
  path!: string;

  @IsBoolean()
  recursive = true;

  @IsBoolean()
  follow_symlinks = false;
}

const DOCS: ConfigDocs<DirectoryConfig> = {
  path: 'The absolute path of a folder below one that the operator allows.',
  recursive: 'Also take what is in folders within the folder.',
  follow_symlinks: 'Follow links that lead to somewhere below a folder that the operator allows. Others are left out.',
  ...FILTER_DOCS,
};

const subjectOf = ({ path }: DirectoryConfig): Subject => ({ field: 'path', value: path });

export const directorySource: SourceKind<DirectoryConfig> = {
  type: 'directory',
  summary: 'The files of a folder on the machine of the system.',
  config: { type: DirectoryConfig, docs: DOCS, place: 'path', secrets: [] },

  async check(config, rules) {
    new PathFilter(config);
    const subject = subjectOf(config);
    const handle = await openTop(await placeOf(subject, rules), subject);
    await handle.close();
  },

  async *list(config, rules, options) {
    const subject = subjectOf(config);
    const filter = new PathFilter(config);
    const place = await placeOf(subject, rules);
    const { recursive, follow_symlinks: follow } = config;
    yield* new FolderWalk({ place, subject, filter, recursive, follow, limits: rules.limits }, options).items();
  },

  async open(config, rules, item, options) {
    const { path, roots } = await placeOf(subjectOf(config), rules);
    return openFile({ path: `${path}/${itemPath(item.path)}`, name: item.path, roots, follow: config.follow_symlinks }, options);
  },
};
