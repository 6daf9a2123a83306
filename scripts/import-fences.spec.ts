import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

jest.setTimeout(60_000);

const root = fileURLToPath(new URL('..', import.meta.url));
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const folders: string[] = [];

/** The names of the fences that a small repository with these files breaks. */
function brokenFences(files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-fences-'));
  folders.push(folder);
  for (const [file, text] of Object.entries({ 'apps/.keep': '', 'packages/.keep': '', ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const args = [cruiser, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json', 'apps', 'packages'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  const { violations } = JSON.parse(stdout).summary as { violations: { rule: { name: string } }[] };
  return [...new Set(violations.map(({ rule }) => rule.name))].filter((name) => name !== 'everything-resolves').sort();
}

const LEAF = 'export const leaf = 1;';
const from = (place: string) => `export { leaf } from '${place}';`;

describe('the import fences', () => {
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  it('let an app use a package, a package the contracts of common, and a test whatever it wants', () => {
    expect(
      brokenFences({
        'packages/common/src/contracts.ts': LEAF,
        'packages/models/src/a.ts': from('../../common/src/contracts.js'),
        'packages/models/src/a.spec.ts': `import 'typeorm'; ${from('../../testkit/src/c.js')}`,
        'packages/testkit/src/c.ts': LEAF,
        'apps/api/src/b.ts': from('../../../packages/models/src/a.js'),
      }),
    ).toEqual([]);
  });

  it.each<[string, string, Record<string, string>]>([
    ['no-cycles', 'two files that need each other', { 'packages/common/src/a.ts': from('./b.js'), 'packages/common/src/b.ts': from('./a.js') }],
    ['apps-stand-alone', 'an app that uses another app', { 'apps/api/src/a.ts': from('../../search/src/b.js'), 'apps/search/src/b.ts': LEAF }],
    ['packages-know-no-app', 'a package that uses an app', { 'packages/common/src/a.ts': from('../../../apps/api/src/b.js'), 'apps/api/src/b.ts': LEAF }],
    [
      'common-uses-libraries-only',
      'common that uses another package',
      { 'packages/common/src/a.ts': from('../../models/src/b.js'), 'packages/models/src/b.ts': LEAF },
    ],
    [
      'only-contracts-of-common',
      'models that use the inside of common',
      { 'packages/models/src/a.ts': from('../../common/src/index.js'), 'packages/common/src/index.ts': LEAF },
    ],
    [
      'only-contracts-of-common',
      'retrieval that uses models',
      { 'packages/retrieval/src/a.ts': from('../../models/src/b.js'), 'packages/models/src/b.ts': LEAF },
    ],
    [
      'testkit-is-for-tests',
      'an app that uses the testkit, if only for a type',
      {
        'apps/api/src/a.ts': "import type { C } from '../../../packages/testkit/src/c.js'; export const c: C = 1;",
        'packages/testkit/src/c.ts': 'export type C = 1;',
      },
    ],
    ['only-retrieval-uses-qdrant', 'an app that uses the Qdrant client', { 'apps/api/src/a.ts': "import '@qdrant/js-client-rest';" }],
    ['only-models-uses-onnxruntime', 'an app that loads a model itself', { 'apps/api/src/a.ts': "import 'onnxruntime-node';" }],
    ['only-ingest-uses-sharp', 'an app that decodes an image itself', { 'apps/api/src/a.ts': "import 'sharp';" }],
    ['only-common-uses-typeorm', 'an app that uses TypeORM', { 'apps/api/src/a.ts': "import 'typeorm';" }],
  ])('%s refuses %s', (fence, _what, files) => {
    expect(brokenFences(files)).toEqual([fence]);
  });
});
