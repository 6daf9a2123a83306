import { CairnError, DependencyError, documentSpaceOf, type IndexSettings, type ModelDirectory, shortOf, withFieldsNamed } from '@cairn/common';
import { chunkingOptions } from '@cairn/ingest/prepare';
import { resolveCollectionModel, spaceOf } from '@cairn/models/catalogue';
import type { IndexSettingsDto } from './collections.dto.js';

const DEFAULT_CHUNK_SIZE = 1_000;
const MODEL_NAME_LENGTH = 24;
/** Those of a chunker's options that have a name of their own, and what is said of the chunker itself. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['chunk_size', 'chunking_strategy']);

/** What the settings of a request come to, each checked; where nothing is said it is as in `base`. Other settings than these an index never has. */
export async function indexSettingsOf(
  dto: IndexSettingsDto,
  { collectionId, models, base }: { collectionId: string; models: ModelDirectory; base?: IndexSettings | undefined },
): Promise<IndexSettings> {
  const model = await resolveCollectionModel(dto.embedding_model ?? base?.model, () => models.list()).catch(refuseModel);
  const quantization = dto.quantization ?? base?.quantization ?? 'float16';
  return {
    ...cuttingOf(dto, base),
    model: model.id,
    modelVer: model.version,
    space: documentSpaceOf(spaceOf(model), quantization),
    quantization,
    embedContext: dto.embed_context ?? base?.embedContext ?? true,
    extractMetadata: dto.extract_metadata ?? base?.extractMetadata ?? false,
    storeName: `${collectionId}_${shortNameOf(model.id)}_${shortOf(quantization)}`,
  };
}

type Cutting = Pick<IndexSettings, 'chunkingStrategy' | 'chunkSize' | 'chunkOverlap' | 'chunkingConfig'>;

function cuttingOf(dto: IndexSettingsDto, base: IndexSettings | undefined): Cutting {
  const chunkSize = dto.chunk_size ?? base?.chunkSize ?? DEFAULT_CHUNK_SIZE;
  const chunkOverlap = dto.chunk_overlap ?? overlapOf(chunkSize, base);
  if (chunkOverlap >= chunkSize) throw invalid('chunk_overlap', `must be less than chunk_size, which is ${chunkSize}`);
  const chunkingStrategy = dto.chunking_strategy ?? base?.chunkingStrategy ?? 'auto';
  const isOther = base !== undefined && chunkingStrategy !== base.chunkingStrategy;
  const chunkingConfig = dto.chunking_config ?? (isOther ? {} : (base?.chunkingConfig ?? {}));
  assertKnown(chunkingStrategy, { ...chunkingConfig, chunk_size: chunkSize });
  return { chunkingStrategy, chunkSize, chunkOverlap, chunkingConfig };
}

/** What is repeated of a chunk stays as it was, unless chunks become too small for it; by default it is a fifth. */
function overlapOf(chunkSize: number, base: IndexSettings | undefined): number {
  if (base !== undefined && (chunkSize === base.chunkSize || base.chunkOverlap * 2 <= chunkSize)) return base.chunkOverlap;
  return Math.floor(chunkSize / 5);
}

function assertKnown(strategy: string, options: Record<string, unknown>): void {
  try {
    chunkingOptions({ strategy, options } as Parameters<typeof chunkingOptions>[0]);
  } catch (error) {
    throw withFieldsNamed(error, (field) => (OWN_FIELDS.has(field) ? field : `chunking_config.${field}`));
  }
}

/** The catalogue says what is wrong with a model, and not in which field it was named. */
function refuseModel(error: unknown): never {
  if (!(error instanceof CairnError) || error instanceof DependencyError) throw error;
  const path = 'embedding_model';
  throw new CairnError(error.code, `${path}: ${error.message}`, { cause: error, errors: [{ path, message: error.message }] });
}

function invalid(path: string, message: string): CairnError {
  return new CairnError('invalid_input', `${path} ${message}.`, { errors: [{ path, message }] });
}

function shortNameOf(modelId: string): string {
  const name = modelId.split('/').at(-1) as string;
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, MODEL_NAME_LENGTH);
}
