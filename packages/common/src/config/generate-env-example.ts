// Writes the root's .env.example from the built configuration classes; with --check it only says whether it is current.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collectConfigClasses } from './collect-config-classes.js';
import { renderEnvExample } from './env-example.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const apps = readdirSync(`${root}apps`).sort();
const classes = await collectConfigClasses([`${root}packages/common/dist/config`, ...apps.map((app) => `${root}apps/${app}/dist`)]);
const text = renderEnvExample(classes);

if (!process.argv.includes('--check')) writeFileSync(`${root}.env.example`, text);
else if (readFileSync(`${root}.env.example`, 'utf8') !== text) {
  process.stderr.write('.env.example is not what the configuration classes say; run: npm run generate\n');
  process.exit(1);
}
