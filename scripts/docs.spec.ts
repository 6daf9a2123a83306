import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

// What the pages say about the repository, checked against it. What they say about behaviour is checked by other tests.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage', '.git', '.cache', '.cairn', '.turbo']);

const ROLES = ['owner', 'app', 'worker', 'dispatch'];

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}

const files = filesUnder('');
const pages = files.filter((file) => file.endsWith('.md'));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const all = (text: string, pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map((match) => match[1] as string))];
const outsideCode = (page: string): string => read(page).replace(/```[\s\S]*?```/g, '');

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/ /g, '-');

function isThere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || all(read(target), /^#+ (.*)$/gm).some((heading) => anchorOf(heading) === anchor);
}

/** Pages name a file by its path, by its path in a package or app (`common/src/ids.ts`), or by its name alone. */
function isFile(named: string): boolean {
  return files.some((file) => file === named || file.endsWith(`/${named}`));
}

describe('the pages', () => {
  it('link to what is there', () => {
    const broken = pages.flatMap((page) =>
      all(outsideCode(page), /\]\(([^)\s]+)\)/g)
        .filter((link) => !/^[a-z]+:/.test(link) && !isThere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('name files that are there', () => {
    const gone = pages.flatMap((page) =>
      all(outsideCode(page), /`([\w./-]+\.(?:ts|mjs|cjs|json|yml|sql|conf))`/g)
        .filter((named) => !/^x\.|^[./]|run\.json$/.test(named) && !isFile(named))
        .map((named) => `${page}: ${named}`),
    );
    expect(gone).toEqual([]);
  });

  it('list every metric that the services have, and no other', () => {
    const declaring = files.filter((file) => /^(apps|packages\/common)\/.*\.ts$/.test(file) && !file.endsWith('.spec.ts'));
    const declared = declaring.flatMap((file) => all(read(file), /name: '([a-z0-9_]+(?:_total|_seconds|_waiting|_loaded|_unanswered|_parked))'/g));
    const page = read('docs/operations.md');
    const shown = all(page, /`(?:cairn)?_([a-z_]+)(?:\{[^`]*\})?`/g).filter((name) => !ROLES.includes(name));
    expect(declared.length).toBeGreaterThan(15);
    expect(declared.filter((name) => !shown.some((short) => name === short || name.endsWith(`_${short}`)))).toEqual([]);
    const known = [...declared, 'http_request_duration_seconds', 'model_', 'process_', 'nodejs_', 'nodejs_eventloop_lag_p99_seconds'];
    expect(shown.filter((short) => !known.some((name) => name === short || name.endsWith(`_${short}`)))).toEqual([]);
  });

  it('say of every fault point what it means', () => {
    const points = all(read('packages/common/src/faults/fault-point.ts'), /^ {2}\| '([A-Z]\d)'/gm);
    const table = all(read('docs/guarantees.md').slice(read('docs/guarantees.md').indexOf('## Faults by name')), /\b([A-Z]\d)\b/g);
    expect(points.length).toBeGreaterThan(15);
    expect(points.filter((point) => !table.includes(point))).toEqual([]);
  });

  it('name scenarios and planted promises that exist', () => {
    const page = read('docs/guarantees.md');
    const scenarios = all(read('packages/testkit/src/chaos/scenarios/index.ts'), /^ {2}(\w+),$/gm);
    const shown = all(page, /`([a-z]+(?:[A-Z][a-z]*){2,})`/g).filter((name) => name !== 'reRingAll');
    expect(shown.filter((name) => !scenarios.includes(name))).toEqual([]);
    expect(scenarios.filter((name) => !shown.includes(name))).toEqual([]);
    const breaks = all(read('packages/testkit/planted-bugs.json'), /"breaks": "(\w+)"/g);
    expect(breaks.filter((promise) => !page.includes(`| ${promise} `))).toEqual([]);
  });

  it('tell of every table who may see it', () => {
    const folder = 'packages/common/src/data/migrations';
    const tables = readdirSync(join(ROOT, folder)).flatMap((file) => all(read(`${folder}/${file}`), /CREATE TABLE (\w+)/g));
    const page = read('docs/architecture.md');
    expect(tables.filter((table) => !page.includes(`\`${table}\``))).toEqual([]);
  });
});
