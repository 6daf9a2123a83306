import { describe, expect, it } from '@jest/globals';
import { pathOfSource, readAsked } from './source-settings.js';
import type { AddSourceDto } from './sources.dto.js';

function messageOf(dto: AddSourceDto): { path: string; message: string } | undefined {
  try {
    readAsked(dto);
    return undefined;
  } catch (error) {
    return (error as { errors: { path: string; message: string }[] }).errors[0];
  }
}

const DIRECTORY = { source_type: 'directory', source_path: '/srv' };
const S3 = { source_type: 's3', source_path: 'things' };
const GIT = { source_type: 'git', source_path: 'https://git.example.com/a.git' };

describe('a source that cannot be understood', () => {
  it.each<[AddSourceDto, string, string]>([
    [{ source_type: 'directory' }, 'source_path', 'source_path is missing'],
    [{ source_type: 'directory', source_path: null } as unknown as AddSourceDto, 'source_path', 'source_path is missing'],
    [{ source_type: 'directory', source_config: { path: 5 } }, 'source_config.path', 'source_config.path must be a string'],
    [S3, 'source_config.endpoint', 'source_config.endpoint is missing'],
    [{ ...GIT, source_config: { token: 5 } }, 'source_config.token', 'source_config.token must be a string'],
    [{ ...GIT, source_config: { branch: 5 } }, 'source_config.branch', 'source_config.branch must be a string'],
    [{ ...DIRECTORY, filters: { extensions: 'md' } } as AddSourceDto, 'filters.extensions', 'filters.extensions must be an array'],
    [{ ...DIRECTORY, filters: { extensions: [5] } } as AddSourceDto, 'filters.extensions', 'each value in filters.extensions must be a string'],
    [{ ...DIRECTORY, config: { recursive: 'yes' } }, 'config.recursive', 'config.recursive must be a boolean value'],
    [{ ...DIRECTORY, filters: { nope: 1 } }, 'filters.nope', 'filters.nope is no field of this kind of source'],
  ])('T11: %j is refused for %s', (dto, path, message) => {
    expect(messageOf(dto)).toEqual({ path, message: expect.stringContaining(message) });
  });
});

describe('the path of a source', () => {
  it('I12: is one for all its spellings, and an address is left as it is', () => {
    for (const path of ['/r/a', '/r/a/', '/r//a', '/r/a/.', '/r/./a//']) expect(pathOfSource(path)).toBe('/r/a');
    for (const path of ['/', 'https://example.com//a/', 'bucket', 'imap.example.com']) expect(pathOfSource(path)).toBe(path);
  });
});
