import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { renderRoutes } from '../scripts/generate.mjs';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

test('M3: the types of the client are those of docs/openapi.json; npm run generate writes them anew', () => {
  expect(read('./routes.ts')).toBe(renderRoutes(JSON.parse(read('../../../docs/openapi.json'))));
});
