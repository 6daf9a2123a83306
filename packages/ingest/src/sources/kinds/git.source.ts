import { IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import type { Subject } from '../../refused.js';
import { checkEncrypted } from '../check-encrypted.js';
import { FILTER_DOCS, FilterConfig } from '../config/filter.config.js';
import { PathFilter } from '../config/path-filter.js';
import type { ConfigDocs } from '../config/read-config.js';
import { placeOf } from '../files/place.js';
import type { GitFiles } from '../git/git-files.js';
import { isBranch } from '../git/git-refs.js';
import { findRepository, headOf, listCommit, openBlob } from '../git/git-repository.js';
import { fetchRemote, keptRemotes } from '../git/remote.js';
import type { SourceItem, SourceKind, SourceRules } from '../source.js';
import { itemGone, noBranch } from '../source-refused.js';

export class GitConfig extends FilterConfig {
  @IsString()
  @MinLength(1)
  @MaxLength(2_048)
  repository!: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  branch?: string;

  @IsInt()
  @Min(1)
  @Max(1_000)
  depth = 1;

  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  token?: string;

  @IsString()
  @MaxLength(200)
  username = 'x-access-token';
}

const DOCS: ConfigDocs<GitConfig> = {
  repository: 'An https:// address, or the absolute path of a repository below a folder that the operator allows.',
  branch: 'The branch to read; left out, the one that the repository is at.',
  depth: 'How many commits are fetched of a remote repository. Only the newest is read.',
  token: 'What the server asks for as a password.',
  username: 'What the server asks for beside the token; most take any.',
  ...FILTER_DOCS,
};

const subjectOf = ({ repository }: GitConfig): Subject => ({ field: 'repository', value: repository.replace(/[?#].*$/, '') });

const isLocal = ({ repository }: GitConfig): boolean => repository.startsWith('/') || !repository.includes('://');

function checkBranch(config: GitConfig): void {
  if (config.branch !== undefined && !isBranch(config.branch)) throw noBranch(subjectOf(config), config.branch);
}

async function localRepository(config: GitConfig, rules: SourceRules): Promise<GitFiles> {
  const subject = subjectOf(config);
  return findRepository((await placeOf(subject, rules)).path, subject);
}

/** Remote content that was listed may have been fetched on another machine: then it is fetched again, once. */
async function openRemote(
  config: GitConfig,
  rules: SourceRules,
  { item, maxBytes, signal }: { item: SourceItem; maxBytes: number; signal: AbortSignal | undefined },
) {
  for (const files of await keptRemotes(rules)) {
    const blob = await openBlob(files, item, maxBytes);
    if (blob !== undefined) return blob;
  }
  const { files } = await fetchRemote({ ...config, subject: subjectOf(config) }, rules, signal);
  return openBlob(files, item, maxBytes);
}

export const gitSource: SourceKind<GitConfig> = {
  type: 'git',
  summary: 'The files of a branch of a git repository. What did not change from one commit to the next is not read again.',
  config: { type: GitConfig, docs: DOCS, place: 'repository', secrets: ['token'] },

  async check(config, rules) {
    new PathFilter(config);
    checkBranch(config);
    if (isLocal(config)) await headOf(await localRepository(config, rules), config.branch, subjectOf(config));
    else checkEncrypted({ field: 'repository', value: config.repository }, rules.web);
  },

  async *list(config, rules, options) {
    checkBranch(config);
    const subject = subjectOf(config);
    const walk = { subject, filter: new PathFilter(config), limits: rules.limits };
    if (isLocal(config)) {
      const files = await localRepository(config, rules);
      yield* listCommit(files, { ...walk, commit: await headOf(files, config.branch, subject) }, options);
    } else {
      const { files, commit } = await fetchRemote({ ...config, subject }, rules, options.signal);
      yield* listCommit(files, { ...walk, commit }, options);
    }
  },

  async open(config, rules, item, { maxBytes, signal }) {
    signal?.throwIfAborted();
    const content = isLocal(config)
      ? await openBlob(await localRepository(config, rules), item, maxBytes)
      : await openRemote(config, rules, { item, maxBytes, signal });
    if (content === undefined) throw itemGone(item.path);
    return content;
  },
};
