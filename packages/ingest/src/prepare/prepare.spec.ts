import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';

const ENTRIES = join(import.meta.dirname, '..', '..', 'dist');

/** The native libraries in a process that did nothing but import this. */
function nativeIn(entry: string): string {
  const script = `import(${JSON.stringify(pathToFileURL(join(ENTRIES, entry)).href)}).then(() => console.log(process.report.getReport().sharedObjects.join(' ')))`;
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout;
}

it('no decoder is in the process of a service that prepares documents', () => {
  expect(nativeIn('index.js')).toMatch(/sharp|vips/);
  expect(nativeIn('prepare.js')).toMatch(/libc/);
  expect(nativeIn('prepare.js')).not.toMatch(/sharp|vips/);
});
