import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { describeEndpoints } from './describe-endpoints.js';

// Writes docs/openapi.json from the controllers, without starting anything.
const file = new URL('../../../docs/openapi.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(describeEndpoints(), null, 2)}\n`);
console.log('wrote docs/openapi.json');
