import { basename } from 'node:path';
import { IsString, MaxLength, MinLength } from 'class-validator';
import type { Subject } from '../../refused.js';
import { factsOf } from '../files/facts.js';
import { openFile } from '../files/open-file.js';
import { openInside } from '../files/open-inside.js';
import { placeOf } from '../files/place.js';
import type { SourceKind, SourceRules } from '../source.js';
import { notAFile, notThere } from '../source-refused.js';

export class FileConfig {
  @IsString()
  @MinLength(1)
  @MaxLength(4_096)
  path!: string;
}

const subjectOf = ({ path }: FileConfig): Subject => ({ field: 'path', value: path });

const nameOf = ({ path }: FileConfig): string => basename(path);

async function factsOfFile(config: FileConfig, rules: SourceRules) {
  const { path, roots } = await placeOf(subjectOf(config), rules);
  const handle = await openInside(path, { roots, follow: false }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENXIO' ? notAFile(subjectOf(config)) : notThere(subjectOf(config), error);
  });
  try {
    const facts = await handle.stat({ bigint: true });
    if (!facts.isFile()) throw notAFile(subjectOf(config));
    return factsOf(facts);
  } finally {
    await handle.close();
  }
}

export const fileSource: SourceKind<FileConfig> = {
  type: 'file',
  summary: 'One file on the machine of the system.',
  config: { type: FileConfig, docs: { path: 'The absolute path of a file below a folder that the operator allows.' }, place: 'path', secrets: [] },

  async check(config, rules) {
    await factsOfFile(config, rules);
  },

  async *list(config, rules) {
    yield { path: nameOf(config), fileName: nameOf(config), ...(await factsOfFile(config, rules)) };
  },

  async open(config, rules, item, options) {
    const { path, roots } = await placeOf(subjectOf(config), rules);
    return openFile({ path, name: item.path, roots, follow: false }, options);
  },
};
