import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { PARSE_LIMITS } from './parse-limits.js';
import { FILE_FORMATS, PARSERS } from './registry.js';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/formats.md', import.meta.url)), 'utf8');
const rows = page.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.split('|').map((cell) => cell.trim())] : []));
const rowOf = (name: string) => rows.find(([, first]) => first === name);
const repeated = (values: string[]) => values.filter((value, at) => values.indexOf(value) !== at);

describe('the formats', () => {
  it('do not claim the same extension, MIME type or name', () => {
    expect(repeated(PARSERS.flatMap(({ extensions }) => extensions))).toEqual([]);
    expect(repeated(PARSERS.flatMap(({ mimeTypes }) => mimeTypes))).toEqual([]);
    expect(repeated(PARSERS.map(({ name }) => name))).toEqual([]);
  });

  it('that have marks are known by them', () => {
    expect(PARSERS.filter(({ kind, recognises }) => kind === 'binary' && recognises === undefined)).toEqual([]);
  });

  it.each(FILE_FORMATS.map(({ name }) => name))('have a row on the page for people: %s', (name) => {
    const extensions = FILE_FORMATS.find((format) => format.name === name)?.extensions ?? [];
    const listed = rowOf(name)?.[2]?.split(', ').filter(Boolean) ?? [];
    // Of source code a few examples are enough.
    if (name === 'code') expect(listed.slice(0, 3).every((extension) => extensions.includes(extension))).toBe(true);
    else expect(listed).toEqual(extensions);
  });

  it('have the limits that the page says', () => {
    const listed = Object.keys(PARSE_LIMITS).map((limit) => [limit, rowOf(`\`${limit}\``)?.[2]]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(Object.entries(PARSE_LIMITS).map(([limit, most]) => [limit, most.toLocaleString('en-US')])));
  });
});
