import { ArrayMaxSize, IsArray, IsBoolean, IsString, Matches, MaxLength } from 'class-validator';
import { GLOB_LIMITS } from '../globs/glob-set.js';
import type { ConfigDocs } from './read-config.js';

const MOST_EXTENSIONS = 100;

/** Which of its files a source is about. */
export class FilterConfig {
  @IsArray()
  @ArrayMaxSize(MOST_EXTENSIONS)
  @IsString({ each: true })
  @MaxLength(32, { each: true })
  @Matches(/^\.?[^\s./]+(\.[^\s./]+)*$/, { each: true, message: 'each of extensions must be one, such as ".md" or "md"' })
  extensions: string[] = [];

  @IsArray()
  @ArrayMaxSize(GLOB_LIMITS.patterns)
  @IsString({ each: true })
  ignore_patterns: string[] = [];

  @IsArray()
  @ArrayMaxSize(GLOB_LIMITS.patterns)
  @IsString({ each: true })
  include_patterns: string[] = [];

  @IsBoolean()
  include_hidden = false;

  @IsBoolean()
  pre_chunked = false;
}

export const FILTER_DOCS: ConfigDocs<FilterConfig> = {
  extensions: 'Only files that end in one of these, in upper or lower case: ".md" or "md". Left out or empty: all.',
  ignore_patterns: 'Globs of what to leave out, such as `**/node_modules/**`; they mean the path in the source. A folder is left out with all that is in it.',
  include_patterns: 'Globs of what to take; everything else is left out. ignore_patterns come first.',
  include_hidden: 'Also take files and folders whose name begins with a dot, except those of version control.',
  pre_chunked: 'Take only files `*_chunks.json`, whose chunks somebody cut already, and keep these chunks as they are.',
};
