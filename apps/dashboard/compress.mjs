// Puts a compressed copy beside every built file: at its best brotli takes longer than the api takes to start.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const DIST = join(import.meta.dirname, 'dist');
const files = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).map((name) => join(DIST, name));
for (const file of files.filter((one) => statSync(one).isFile())) writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));
