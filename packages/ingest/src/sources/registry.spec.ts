import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { FILTER_DOCS } from './config/filter.config.js';
import { SOURCE_KINDS } from './registry.js';
import { SOURCE_LIMITS } from './source-limits.js';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/sources.md', import.meta.url)), 'utf8');
const rows = page.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.split('|').map((cell) => cell.trim())] : []));
const rowOf = (name: string) => rows.find(([, first]) => first === `\`${name}\``);
const namesIn = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name);

describe('the kinds of sources', () => {
  it.each(Object.values(SOURCE_KINDS))('have a row on the page for people with all their fields: $type', ({ type, config }) => {
    const own = Object.keys(config.docs).filter((field) => !(field in FILTER_DOCS) || type === 'file');
    const filters = Object.keys(config.docs).some((field) => field in FILTER_DOCS);
    const cell = rowOf(type)?.[3];
    expect([...namesIn(cell)].sort()).toEqual(own.sort());
    expect(cell?.endsWith('filters')).toBe(filters);
  });

  it.each(Object.entries(SOURCE_KINDS))('are what they are called, and have a place and secrets among their fields: %s', (name, { type, config }) => {
    expect(type).toBe(name);
    expect(Object.keys(config.docs)).toEqual(expect.arrayContaining([config.place, ...config.secrets]));
    // A default that has no sentence is a field that nobody can set.
    expect(Object.keys(new config.type()).filter((field) => !(field in config.docs))).toEqual([]);
  });

  it('have the limits that the page says', () => {
    const listed = Object.keys(SOURCE_LIMITS).map((limit) => [limit, rowOf(limit)?.[2]]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(Object.entries(SOURCE_LIMITS).map(([limit, most]) => [limit, most.toLocaleString('en-US')])));
  });

  it('have filters that the page explains', () => {
    for (const filter of Object.keys(FILTER_DOCS)) expect(page).toContain(`\`${filter}\``);
  });
});
