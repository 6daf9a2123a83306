import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type CairnClient, CairnProblem } from '@cairn/client';
import { CommandFailedError, UsageError } from './connection.js';

export const SEED_USAGE = 'seed <file.json>';

/** A collection as the file has it: what it is made with, and its other names and sources. */
interface SeededCollection extends Record<string, unknown> {
  name?: string;
  aliases?: string[];
  sources?: SeededSource[];
}

interface SeededSource extends Record<string, unknown> {
  source_type: string;
  source_path: string;
}

/** A job of the system before, which had one set of files and one way to embed them. */
interface LegacyJob {
  id?: string;
  name: string;
  model_name?: string;
  quantization?: string;
  chunk_size?: number;
  chunk_overlap?: number;
  directory_path?: string | null;
}

interface Wanted {
  /** By which it is found in the report. */
  keys: string[];
  legacyJobId?: string;
  /** Why it is not even tried. */
  flaw?: string;
  body: Record<string, unknown> & { name?: string };
  aliases: string[];
  sources: SeededSource[];
}

interface Known {
  id: string;
  name: string;
  metadata: Record<string, unknown>;
}

interface Report {
  total: number;
  /** Created or unchanged: all of it is there. */
  successful: number;
  created: number;
  unchanged: number;
  failed: number;
  /** Names, aliases and ids of old jobs, and the collections that they are now; also where an alias or a source of one failed. */
  mappings: Record<string, string>;
  failures: { key: string; reason: string }[];
}

const PER_PAGE = 100;
const FORM_OF_AN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Makes the collections of a file with their aliases and sources, where they are not there yet. Run twice, it finds what it made. */
export async function seed(client: CairnClient, [file, ...more]: string[]): Promise<string> {
  if (file === undefined || more.length > 0) throw new UsageError(`Usage: cairn ${SEED_USAGE}`);
  const wanted = wantedIn(readSeeds(file));
  const known = await collectionsOf(client);
  const report: Report = { total: wanted.length, successful: 0, created: 0, unchanged: 0, failed: 0, mappings: {}, failures: [] };
  for (const one of wanted) await settle(client, one, known, report);
  const text = JSON.stringify(report, null, 2);
  if (report.failed > 0) throw new CommandFailedError(text);
  return text;
}

interface Seeds {
  collections?: SeededCollection[];
  legacy_jobs?: LegacyJob[];
}

function readSeeds(file: string): Seeds {
  let seeds: unknown;
  try {
    seeds = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  if (typeof seeds !== 'object' || seeds === null || !('collections' in seeds || 'legacy_jobs' in seeds))
    throw new UsageError(`${file} has neither "collections" nor "legacy_jobs".`);
  return seeds as Seeds;
}

function wantedIn({ collections = [], legacy_jobs = [] }: Seeds): Wanted[] {
  return [...collections.map(wantedOf), ...legacy_jobs.map(wantedOfJob)];
}

function wantedOf({ aliases = [], sources = [], ...body }: SeededCollection, place: number): Wanted {
  return { keys: [body.name ?? `collections[${place}]`, ...aliases], body, aliases, sources };
}

function wantedOfJob({ id, name, model_name, directory_path, ...settings }: LegacyJob, place: number): Wanted {
  const body = {
    name,
    description: `Migrated from job ${id}`,
    ...(model_name === undefined ? {} : { embedding_model: model_name }),
    ...settings,
    metadata: { legacy_job_id: id, migrated_at: new Date().toISOString() },
  };
  const sources = directory_path ? [{ source_type: 'directory', source_path: directory_path, config: { recursive: true } }] : [];
  if (!id) return { keys: [`legacy_jobs[${place}]`], flaw: 'id is missing, by which its collection is found.', body, aliases: [], sources };
  return { keys: [id], legacyJobId: id, body, aliases: FORM_OF_AN_ID.test(id) ? [] : [id], sources };
}

async function collectionsOf(client: CairnClient): Promise<Known[]> {
  const all: Known[] = [];
  for (let page = 1; ; page++) {
    const { collections, total } = await client.call('GET /api/v2/collections', { query: { page, per_page: PER_PAGE } });
    all.push(...collections);
    if (collections.length < PER_PAGE || all.length >= total) return all;
  }
}

async function settle(client: CairnClient, wanted: Wanted, known: Known[], report: Report): Promise<void> {
  if (wanted.flaw !== undefined) return fail(wanted, report, wanted.flaw);
  try {
    const there = find(wanted, known);
    const collection = there ?? (await make(client, wanted, known));
    for (const key of wanted.keys) report.mappings[key] = collection.id;
    await addAliases(client, collection.id, wanted.aliases);
    await addSources(client, collection.id, wanted.sources);
    if (there) report.unchanged++;
    else report.created++;
    report.successful++;
  } catch (error) {
    if (!(error instanceof CairnProblem)) throw error;
    fail(wanted, report, error.problem.detail);
  }
}

function fail({ keys }: Wanted, report: Report, reason: string): void {
  report.failed++;
  report.failures.push({ key: String(keys[0]), reason });
}

/** An old job is found by its id, whatever its collection is called by now. */
function find({ legacyJobId, body }: Wanted, known: Known[]): Known | undefined {
  if (legacyJobId !== undefined) return known.find(({ metadata }) => metadata.legacy_job_id === legacyJobId);
  return known.find(({ name }) => name === body.name);
}

/** Two old jobs may have had one name, which two collections cannot. */
async function make(client: CairnClient, { legacyJobId, body }: Wanted, known: Known[]): Promise<Known> {
  const isTaken = legacyJobId !== undefined && known.some(({ name }) => name === body.name);
  const name = isTaken ? `${body.name} (${legacyJobId})` : (body.name as string); // where there is none the api says so
  const made = await client.call('POST /api/v2/collections', { body: { ...body, name } });
  known.push(made);
  return made;
}

async function addAliases(client: CairnClient, collectionId: string, aliases: string[]): Promise<void> {
  for (const alias of aliases) await client.call('PUT /api/v2/aliases/{alias}', { path: { alias }, body: { collection_id: collectionId } });
}

/** A path in one spelling, as sources have it; addresses stay as they are. */
function spelled(path: string): string {
  return path.startsWith('/') ? posix.normalize(path).replace(/(?<=.)\/$/, '') : path;
}

async function addSources(client: CairnClient, id: string, sources: SeededSource[]): Promise<void> {
  if (sources.length === 0) return;
  const { sources: there } = await client.call('GET /api/v2/collections/{id}', { path: { id } });
  const isThere = (source: SeededSource) =>
    there.some(({ source_type, source_path }) => source_type === source.source_type && spelled(source_path) === spelled(source.source_path));
  for (const source of sources.filter((one) => !isThere(one)))
    await client.call('POST /api/v2/collections/{id}/sources', { path: { id }, body: source as never });
}
