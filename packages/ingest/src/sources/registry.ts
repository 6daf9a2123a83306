import { CairnError } from '@cairn/common/contracts';
import { readConfig } from './config/read-config.js';
import { directorySource } from './kinds/directory.source.js';
import { fileSource } from './kinds/file.source.js';
import { gitSource } from './kinds/git.source.js';
import { imapSource } from './kinds/imap.source.js';
import { s3Source } from './kinds/s3.source.js';
import { urlSource } from './kinds/url.source.js';
import type { SourceKind, SourceType } from './source.js';

/** Every kind of source, by the name that callers use. To add one, write its file in `kinds/` and add it here. */
export const SOURCE_KINDS: Readonly<Record<SourceType, SourceKind>> = {
  directory: directorySource,
  file: fileSource,
  url: urlSource,
  git: gitSource,
  s3: s3Source,
  imap: imapSource,
};

/** A source as a caller describes it: nothing of it was checked. */
export interface SourceDescription {
  type: string;
  config: unknown;
}

/** A source whose kind is known and whose config has the right form; `kind.check` says whether it is allowed. */
export interface ReadSource {
  kind: SourceKind;
  config: object;
}

/** Understands what a caller sent; a CairnError names each field that is wrong. */
export function readSource({ type, config }: SourceDescription): ReadSource {
  const message = `source_type must be one of: ${Object.keys(SOURCE_KINDS).join(', ')}`;
  if (!Object.hasOwn(SOURCE_KINDS, type)) throw new CairnError('invalid_input', message, { errors: [{ path: 'source_type', message }] });
  const kind = SOURCE_KINDS[type as SourceType];
  return { kind, config: readConfig(kind.config, config) };
}
