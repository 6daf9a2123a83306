import { CairnError, PermanentJobError } from '@cairn/common';
import {
  type ChunkingPlan,
  ChunkingPool,
  type ChunkingPoolOptions,
  chunkingOptions,
  type EmbedTexts,
  type Extracted,
  FileReader,
  type FileText,
  OCR_LANGUAGES,
  type OcrLanguage,
  type PreparedChunk,
  plainText,
  type TextPreview,
} from '@cairn/ingest/prepare';
import {
  type EnsembleModel,
  findModel,
  type InstalledModel,
  KEYWORDS_MODULE,
  MOCK_MODEL,
  type MockModel,
  type RemoteModel,
  reads,
  spaceOf,
  tokenCounterOf,
} from '@cairn/models';
import { type ChunkingSettings, planOf, warningsOf } from './chunking-settings.js';

/** A file as it was uploaded, or a text as it was sent. */
export type DocumentContent = { bytes: Uint8Array; fileName: string; mimeType?: string } | { text: string; fileName?: string; mimeType?: string };

/** A document that was read: its text, and in `spans` where things are in it, for `chunks`. */
export interface PreparedText extends FileText {
  title?: string;
  /** For people: what was not done as it was asked for, or could not be read. */
  warnings: string[];
}

export type CountingModel = Exclude<InstalledModel, { kind: 'reranker' }> | RemoteModel | EnsembleModel | MockModel;

export interface DocumentPreparerOptions extends ChunkingPoolOptions {
  /** The models of this worker. */
  models: readonly (InstalledModel | RemoteModel | EnsembleModel)[];
  /** Vectors of texts by the model of a space: for the strategy that compares sentences. */
  embed(space: string, texts: string[], signal: AbortSignal): Promise<{ vector: Float32Array }[]>;
}

/**
 * Makes of a document what is embedded: bytes to text, text to chunks, chunks to windows that the model reads whole. All of it happens in threads and in
 * processes of their own. What cannot be read, or takes too much, is refused with a PermanentJobError. The same document and settings give the same chunks.
 */
export class DocumentPreparer {
  private readonly files = new FileReader();
  private readonly pool: ChunkingPool;
  private readonly models: readonly CountingModel[];

  constructor(private readonly options: DocumentPreparerOptions) {
    const { models, embed: _, ...pool } = options;
    this.models = [...models.filter((model) => model.kind !== 'reranker'), MOCK_MODEL];
    this.pool = new ChunkingPool(pool);
  }

  /** Those whose tokens texts can be counted in. */
  get textModels(): readonly CountingModel[] {
    return this.models.filter((model) => reads(model, 'text'));
  }

  /** The text of a document. One that was sent as a plain text stays as it is: its offsets are the sender's. */
  async parse(content: DocumentContent, settings: ChunkingSettings, signal: AbortSignal): Promise<PreparedText> {
    signal.throwIfAborted();
    const found = await this.read(content, settings, signal);
    const { title } = found.metadata;
    return { ...found, ...(title ? { title } : {}), warnings: [...warningsOf(settings), ...warningsAbout(found, content)] };
  }

  /** The chunks of a text in slices of some dozens, in their order; the next slice is made while one is used. */
  async *chunks(
    parsed: Pick<PreparedText, 'text' | 'mimeType' | 'spans'>,
    { title, settings }: { title?: string | undefined; settings: ChunkingSettings },
    signal: AbortSignal,
  ): AsyncGenerator<PreparedChunk[]> {
    const model = this.modelOf(settings.model);
    const { text, mimeType, spans } = parsed;
    const work = { parsed: { text, mimeType, spans }, plan: checked(planOf(settings)), counter: tokenCounterOf(model) };
    yield* this.pool.chunks({ ...work, context: settings.embedContext ? { title } : undefined }, { embed: this.embedderOf(model, signal), signal });
  }

  /** What a text is about, and the addresses, dates, amounts and codes that stand in it. */
  extract({ text }: Pick<PreparedText, 'text'>, signal: AbortSignal): Promise<Extracted> {
    return this.pool.extract({ text, keywords: KEYWORDS_MODULE }, { signal });
  }

  /** What plans make of a text, `limit` chunks of each, and which strategy fits it. A CairnError names each option that is wrong. */
  async preview(
    parsed: Pick<PreparedText, 'text' | 'mimeType' | 'spans'>,
    { plans, model: id, limit }: { plans: readonly ChunkingPlan[]; model: string; limit: number },
    signal: AbortSignal,
  ): Promise<TextPreview> {
    const model = this.modelOf(id);
    const { text, mimeType, spans } = parsed;
    return await this.pool.preview(
      { parsed: { text, mimeType, spans }, plans, counter: tokenCounterOf(model), limit },
      { embed: this.embedderOf(model, signal), signal },
    );
  }

  /** Ends the threads; what is asked for is rejected. */
  async stop(): Promise<void> {
    await Promise.all([this.files.stop(), this.pool.stop()]);
  }

  private async read(content: DocumentContent, { ocr = false, languages }: ChunkingSettings, signal: AbortSignal): Promise<FileText> {
    const { mimeType } = content;
    if ('bytes' in content) return await this.files.read(content.bytes, { fileName: content.fileName, mimeType, ocr, ...scansIn(languages), signal });
    // What a text is, its sender says; a name would decide before that.
    return isPlain(mimeType) || content.text.trim() === '' ? plainText(content.text) : await this.files.read(content.text, { mimeType, signal });
  }

  private modelOf(id: string): CountingModel {
    const model = findModel(id, this.models);
    if (model === undefined) throw new CairnError('model_not_installed', `This worker does not have the model ${id}.`);
    if (!reads(model, 'text')) throw new PermanentJobError('wrong_model', `The model ${id} reads images and no texts.`);
    return model;
  }

  private embedderOf(model: CountingModel, signal: AbortSignal): EmbedTexts {
    return async (texts) => (await this.options.embed(spaceOf(model), texts, signal)).map(({ vector }) => vector);
  }
}

function isPlain(mimeType: string | undefined): boolean {
  const [type = ''] = (mimeType ?? '').split(';');
  return ['', 'text/plain'].includes(type.trim().toLowerCase());
}

function scansIn(languages: string[] | undefined): { languages?: OcrLanguage[] } {
  const known = languages?.filter((language): language is OcrLanguage => Object.hasOwn(OCR_LANGUAGES, language)) ?? [];
  return known.length === 0 ? {} : { languages: known };
}

function warningsAbout({ text, metadata: { unreadPages } }: FileText, content: DocumentContent): string[] {
  return [
    ...(text.trim() === '' ? ['No text was found in it, so no search finds it.'] : []),
    ...(unreadPages === undefined ? [] : [`The text of these pages could not be read, because they are pictures: ${unreadPages}.`]),
    ...('text' in content && isPlain(content.mimeType) && content.text !== text
      ? ['Characters that cannot be stored (NUL, halves of pairs) were replaced.']
      : []),
  ];
}

/** Settings were checked when they were made; what is wrong with them now does not get better. */
function checked(plan: ChunkingPlan): ChunkingPlan {
  try {
    chunkingOptions(plan);
    return plan;
  } catch (error) {
    if (error instanceof CairnError) throw new PermanentJobError('chunking_settings', error.message, { cause: error });
    throw error;
  }
}
