import { type GlobSet, readGlobs } from '../globs/glob-set.js';
import type { FilterConfig } from './filter.config.js';

// Inside are deleted texts and credentials, in thousands of files.
const VERSION_CONTROL = new Set(['.git', '.hg', '.svn']);

const lower = (extension: string): string => `.${extension.replace(/^\./, '').toLowerCase()}`;

/** Which paths of a source are wanted. Throws a CairnError for patterns that cannot be used. */
export class PathFilter {
  private readonly extensions: readonly string[];
  private readonly ignored: GlobSet;
  private readonly included: GlobSet;
  private readonly includesHidden: boolean;

  constructor({ extensions, ignore_patterns, include_patterns, include_hidden }: FilterConfig) {
    this.extensions = extensions.map(lower);
    this.ignored = readGlobs(ignore_patterns, 'ignore_patterns');
    this.included = readGlobs(include_patterns, 'include_patterns');
    this.includesHidden = include_hidden;
  }

  /** Whether a name of a file or folder is one that is left alone; what lies below it is, too. */
  hides(name: string): boolean {
    return name.startsWith('.') && (!this.includesHidden || VERSION_CONTROL.has(name));
  }

  /** False where nothing below the folder can be wanted. */
  entersFolder(path: string): boolean {
    return !this.ignored.matches(path, true);
  }

  wantsFile(path: string): boolean {
    return this.hasExtension(path) && !this.ignored.matches(path) && (this.included.isEmpty || this.included.matches(path));
  }

  private hasExtension(path: string): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
    return this.extensions.length === 0 || this.extensions.some((extension) => name.endsWith(extension) && name.length > extension.length);
  }
}
