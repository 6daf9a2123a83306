import { CairnError, flawInside, type Secrets, withFieldsNamed } from '@cairn/common';
import { type ConfigClass, type ReadSource, readSource, SOURCE_KINDS, type SourceDescription, type SourceRules, spelledPath } from '@cairn/ingest/sources';
import type { AddSourceDto } from './sources.dto.js';

/** How files of a source are read, whatever kind it is. */
const SWITCHES = ['extract_metadata', 'ocr_enabled'];
const READING = [...SWITCHES, 'languages'];

export interface SourceSettings {
  sourceType: string;
  sourcePath: string;
  /** What is kept of it: what its kind needs to know, and how its files are read. */
  config: Record<string, unknown>;
  /** What nobody is shown again; none of it is in `config`. */
  secrets: Secrets;
}

/** Understands and checks a source before anything is stored; addresses are not connected to. */
export async function sourceSettingsOf(dto: AddSourceDto, rules: SourceRules): Promise<SourceSettings> {
  const { place, below, secrets: names } = fieldsOf(dto.source_type);
  assertStorable(dto);
  assertSwitches(dto.config ?? {});
  const { config: source } = sourceOf(dto);
  const read = readAsked(dto);
  await read.kind.check(read.config, rules).catch((error) => {
    throw inWordsOf(dto, error);
  });
  const folders = (below ?? []).map((name) => trimmed(Reflect.get(read.config, name)));
  const sourcePath = [pathOfSource(String(Reflect.get(read.config, place))), ...folders].filter(Boolean).join('/');
  const secrets = secretsOf(source, names);
  const kept = { source: without(source, names), ...toldOf(secrets, names), ...only(dto.config ?? {}, READING) };
  return { sourceType: dto.source_type, sourcePath, config: kept, secrets };
}

/** The source that a request describes; nothing but its kind was checked. */
export function sourceOf(dto: AddSourceDto): SourceDescription & { config: Record<string, unknown> } {
  const { place } = fieldsOf(dto.source_type);
  const own = { ...dto.source_config, ...dto.filters, ...without(dto.config ?? {}, READING) };
  return { type: dto.source_type, config: { ...own, ...((dto.source_path ?? undefined) === undefined ? {} : { [place]: dto.source_path }) } };
}

/** By which a source is known again, in whatever way its path was spelled; addresses are left as they are. */
export function pathOfSource(path: string): string {
  return path.startsWith('/') ? spelledPath(path) : path;
}

/** Understands what a request says of a source; a CairnError names the fields of the request that are wrong. */
export function readAsked(dto: AddSourceDto): ReadSource {
  try {
    return readSource(sourceOf(dto));
  } catch (error) {
    throw inWordsOf(dto, error);
  }
}

function inWordsOf(dto: AddSourceDto, error: unknown): unknown {
  const { place } = fieldsOf(dto.source_type);
  const parts = (['config', 'filters', 'source_config'] as const).filter((part) => dto[part]);
  return withFieldsNamed(error, (field) => {
    const part = parts.find((name) => Object.hasOwn(dto[name] as object, field));
    const isPath = field === place && ((dto.source_path ?? undefined) !== undefined || part === undefined);
    return isPath ? 'source_path' : `${part ?? 'source_config'}.${field}`;
  });
}

function assertSwitches(config: Record<string, unknown>): void {
  const wrong = SWITCHES.filter((name) => ![undefined, null, true, false].includes(config[name] as boolean));
  if (wrong.length === 0) return;
  const errors = wrong.map((name) => ({ path: `config.${name}`, message: 'must be true or false' }));
  throw new CairnError('invalid_input', `${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}.`, { errors });
}

function assertStorable({ source_config, filters, config }: AddSourceDto): void {
  const flaw = flawInside({ source_config, filters, config });
  if (flaw === undefined) return;
  throw new CairnError('invalid_input', `${flaw.path} ${flaw.message}.`, { errors: [flaw] });
}

function fieldsOf(type: string): ConfigClass<object> {
  if (!Object.hasOwn(SOURCE_KINDS, type)) {
    const message = `source_type must be one of: ${Object.keys(SOURCE_KINDS).join(', ')}`;
    throw new CairnError('invalid_input', message, { errors: [{ path: 'source_type', message }] });
  }
  return SOURCE_KINDS[type as keyof typeof SOURCE_KINDS].config;
}

const trimmed = (folder: unknown): string => String(folder ?? '').replace(/^\/+|\/+$/g, '');

function secretsOf(source: Record<string, unknown>, names: readonly string[]): Secrets {
  return Object.fromEntries(names.flatMap((name) => (typeof source[name] === 'string' ? [[name, source[name]]] : [])));
}

/** What is said of secrets: whether there are any. */
function toldOf(secrets: Secrets, names: readonly string[]): Record<string, boolean> {
  return Object.fromEntries(names.map((name) => [`has_${name}`, Object.hasOwn(secrets, name)]));
}

const without = (object: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
const only = (object: Record<string, unknown>, names: string[]) => Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
