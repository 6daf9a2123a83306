import type { Readable } from 'node:stream';
import type { WebClient } from '../web/web-client.js';
import type { ConfigClass } from './config/read-config.js';

export type SourceType = 'directory' | 'file' | 'url' | 'git' | 's3' | 'imap';

/** One file of a source. */
export interface SourceItem {
  /** Its name in the source, which stays the same: relative, with forward slashes. */
  path: string;
  fileName: string;
  size?: number;
  modifiedAt?: Date;
  /** The same version means the same content, so that nothing need be read. Left out where the source cannot promise that. */
  version?: string;
  mimeType?: string;
  /** What the source knows of it. */
  metadata?: Record<string, string>;
  /** As its kind listed it, and knows it, where something else is said of it here. */
  listed?: SourceItem;
}

export type SkipReason = 'hidden' | 'link' | 'leads_out' | 'cycle' | 'not_a_file' | 'submodule' | 'bad_name' | 'too_deep' | 'too_large' | 'unreadable';

/** Something in a source that is no item of it, and why. What the filters of the source leave out is not said. */
export interface SourceNote {
  path: string;
  reason: SkipReason;
}

/** How much of a source is looked at. More is refused, never cut off: what is missing from a list would be taken for deleted. */
export interface SourceLimits {
  files: number;
  /** Whatever a folder holds, wanted or not. */
  entries: number;
  /** Folders within folders. */
  depth: number;
  /** Of one file of a repository, or one mail; larger ones are left out with a note. */
  fileBytes: number;
  /** What is fetched of a repository. */
  repositoryBytes: number;
}

/** What the operator allows; the same for every tenant. */
export interface SourceRules {
  /** Absolute paths. Directories, files and local repositories must be below one of them. */
  roots: readonly string[];
  /** How addresses are reached, and which may be. */
  web: WebClient;
  limits: SourceLimits;
  /** A folder that belongs to this source alone, kept from one run to the next. Remote repositories need it; nothing else may write there. */
  workFolder?: string;
}

export interface ListOptions {
  signal?: AbortSignal | undefined;
  /** Hears of what was skipped, in the order of the list. */
  note?: ((note: SourceNote) => void) | undefined;
}

export interface OpenOptions {
  signal?: AbortSignal | undefined;
  /** A stream that has more bytes ends with a `too_large`. */
  maxBytes: number;
}

/**
 * A kind of place that files come from. What cannot work is a CairnError that names the thing: `retry` of its code in ERRORS says whether
 * it may work later. The config was read by `readSource`.
 */
export interface SourceKind<Config extends object = object> {
  readonly type: SourceType;
  /** What it is, for whoever chooses one. */
  readonly summary: string;
  readonly config: ConfigClass<Config>;
  /** Refuses at once, before anything is stored, what can be seen to be forbidden or wrong. Addresses are not connected to. */
  check(config: Config, rules: SourceRules): Promise<void>;
  /** Everything that the source has now, ordered by the bytes of the paths, a little at a time. */
  list(config: Config, rules: SourceRules, options: ListOptions): AsyncIterable<SourceItem>;
  /** The content of an item as it is now. The caller reads it to its end or destroys it. */
  open(config: Config, rules: SourceRules, item: SourceItem, options: OpenOptions): Promise<Readable>;
}
