import { readFileSync } from 'node:fs';

/** The version of this release, from the manifest of the package all services share. */
export function serviceVersion(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return manifest.version;
}
