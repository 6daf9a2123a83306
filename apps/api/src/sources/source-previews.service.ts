import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CairnError } from '@cairn/common';
import { previewSource, readSource, SOURCE_KINDS, type SourceItem, type SourcePreview, type SourceRules, type SourceType } from '@cairn/ingest/sources';
import { readAsked, sourceOf } from './source-settings.js';
import type { PreviewSourceDto } from './sources.dto.js';

const DEADLINE_MS = 20_000;
const ITEMS = 20;
/** A preview may fetch a repository; the api has more to do than that. */
const MOST_AT_ONCE = 2;
const REPOSITORY_BYTES = 50_000_000;

/** Says what sources would give, without keeping anything of them. */
export class SourcePreviewsService {
  private running = 0;

  constructor(private readonly rules: SourceRules) {}

  /** What there is, or why it cannot be read. */
  async preview(dto: PreviewSourceDto): Promise<object> {
    if (this.running >= MOST_AT_ONCE) throw new CairnError('rate_limited', 'Other previews are being made. Ask again in a moment.', { retryAfterSeconds: 5 });
    this.running++;
    try {
      return previewAnswer(await inFolder((workFolder) => this.within(dto, workFolder)));
    } finally {
      this.running--;
    }
  }

  private async within(dto: PreviewSourceDto, workFolder: string): Promise<SourcePreview> {
    const source = sourceOf(dto);
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const rules = { ...this.rules, workFolder, limits: { ...this.rules.limits, repositoryBytes: REPOSITORY_BYTES } };
    try {
      readAsked(dto);
      return await previewSource(source, rules, { limit: dto.limit ?? ITEMS, signal });
    } catch (error) {
      if (error instanceof CairnError) return { valid: false, reason: error.message };
      if (!signal.aborted) throw error;
      return {
        valid: false,
        reason: `This source could not be looked through within ${DEADLINE_MS / 1_000} seconds. It may be too large for a preview, or slow.`,
      };
    }
  }
}

/** Gives the work a folder of its own, which is gone afterwards. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-preview-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function previewAnswer(preview: SourcePreview): object {
  return preview.valid ? { ...preview, items: preview.items.map(itemAnswer) } : preview;
}

function itemAnswer({ path, fileName, size, modifiedAt, mimeType }: SourceItem): object {
  return { path, file_name: fileName, size_bytes: size ?? null, modified_at: modifiedAt ?? null, mime_type: mimeType ?? null };
}

/** The kinds of sources there are, with their fields. */
export function sourceTypes(): object {
  return { source_types: Object.keys(SOURCE_KINDS).map((type) => sourceType(type as SourceType)) };
}

function sourceType(type: SourceType): object {
  const { summary, config } = SOURCE_KINDS[type];
  const required = requiredFields(type);
  const defaults = new config.type();
  const fields = Object.entries(config.docs).map(([name, description]) => ({
    name,
    description,
    required: required.includes(name),
    secret: config.secrets.includes(name),
    default: Reflect.get(defaults, name) ?? null,
  }));
  return { type, summary, source_path: config.place, fields };
}

/** What is complained about when nothing is given. */
function requiredFields(type: SourceType): string[] {
  try {
    readSource({ type, config: {} });
    return [];
  } catch (error) {
    return error instanceof CairnError ? (error.errors ?? []).map(({ path }) => path) : [];
  }
}
