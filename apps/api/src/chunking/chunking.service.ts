import { createHash, randomUUID } from 'node:crypto';
import {
  type Access,
  type BlobStore,
  CairnError,
  type CutText,
  type CutTextRequest,
  type Database,
  type LaneClient,
  type ModelDirectory,
  readBlob,
  readCollection,
  readDocument,
  type Sql,
  type Subjects,
} from '@cairn/common';
import type { TextPreview } from '@cairn/ingest/prepare';
import { resolveCollectionModel, spaceOf } from '@cairn/models/catalogue';
import {
  type ChunkingDto,
  type CompareChunkingsDto,
  MOST_CONTENT_BYTES,
  type PreviewChunksDto,
  type RecommendChunkingDto,
  type TextToCutDto,
} from './chunking.dto.js';
import { previewAnswer, recommendationAnswer } from './chunking-answer.js';
import { type CheckedPlan, planOf, said } from './chunking-plan.js';
import { KeptAnswers } from './kept-answers.js';

const SHOWN = 50;
const DEADLINE_MS = 25_000;
const MOST_AT_ONCE = 4;
/** What else a message says beside the content. */
const ROOM_BYTES = 20_000;
/** A message of NATS holds so much where its server does not say otherwise. */
const MESSAGE_BYTES = 1_000_000;

interface Review {
  cached: boolean;
  model: string;
  characters: number;
  preview: TextPreview;
}

interface Question {
  content: CutTextRequest['content'];
  mimeType: string | undefined;
  /** As the request or the collection of the document names it; the built-in one when undefined. */
  model: string | undefined;
  plans: CheckedPlan[];
  limit: number;
}

/** Says what ways of chunking make of a text. A worker cuts it, which has the tokenizers, and threads for it; nothing is stored. */
export class ChunkingService {
  private readonly kept = new KeptAnswers();
  private running = 0;

  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    private readonly models: ModelDirectory,
    private readonly lane: LaneClient,
    private readonly subjects: Subjects,
  ) {}

  async preview(access: Access, dto: PreviewChunksDto, signal: AbortSignal): Promise<object> {
    const { preview, ...review } = await this.review(access, dto, [dto], { limit: dto.max_chunks ?? SHOWN, signal });
    const [made] = preview.previews;
    if (made === undefined) throw new Error('A worker answered a preview without one');
    return { ...review, ...previewAnswer(made) };
  }

  async compare(access: Access, { configurations, ...dto }: CompareChunkingsDto, signal: AbortSignal): Promise<object> {
    const { strategy, config, chunk_size, chunk_overlap, profile } = dto;
    const shared = { strategy, config, chunk_size, chunk_overlap, profile };
    const wanted = configurations.map((one) => ({ ...shared, ...said(one) }) as ChunkingDto);
    const { preview, ...review } = await this.review(access, dto, wanted, { limit: dto.max_chunks ?? SHOWN, signal });
    return { ...review, comparisons: preview.previews.map(previewAnswer), recommendation: recommendationAnswer(preview.recommendation) };
  }

  async recommend(access: Access, dto: RecommendChunkingDto, signal: AbortSignal): Promise<object> {
    const { preview, ...review } = await this.review(access, dto, [], { limit: 1, signal });
    return { ...review, ...recommendationAnswer(preview.recommendation) };
  }

  private async review(access: Access, dto: TextToCutDto, plans: ChunkingDto[], { limit, signal }: { limit: number; signal: AbortSignal }): Promise<Review> {
    const question = await this.database.tenantSnapshot(access.scope, async (sql) => {
      const checked: CheckedPlan[] = [];
      for (const plan of plans) checked.push(await planOf(sql, access.scope, plan));
      return { ...(await this.contentOf(sql, access, dto)), plans: checked, limit };
    });
    const model = await resolveCollectionModel(question.model, () => this.models.list());
    const key = createHash('sha256')
      .update(JSON.stringify([access.scope.orgId, model.id, model.version, question]))
      .digest('hex');
    const known = this.kept.get<Omit<Review, 'cached'>>(key);
    if (known !== undefined) return { cached: true, ...known };
    const made = { model: model.id, ...(await this.ask(spaceOf(model), { ...question, model: model.id }, signal)) };
    this.kept.keep(key, made);
    return { cached: false, ...made };
  }

  private async ask(space: string, question: Question & { model: string }, signal: AbortSignal): Promise<{ characters: number; preview: TextPreview }> {
    if (this.running >= MOST_AT_ONCE) throw new CairnError('rate_limited', 'Other texts are being cut. Ask again in a moment.', { retryAfterSeconds: 2 });
    const request: CutTextRequest = { id: randomUUID(), ...question };
    if (Buffer.byteLength(JSON.stringify(request)) > MESSAGE_BYTES - ROOM_BYTES) throw tooLarge();
    const unavailable = `No worker can count the tokens of the model ${question.model} right now. Try again in a moment.`;
    signal.throwIfAborted();
    this.running++;
    const patience = { deadlineMs: DEADLINE_MS, signal, over: () => void this.running-- };
    const asked = { subject: this.subjects.cutText(space), request, unavailable };
    return (await this.lane.ask<CutTextRequest, CutText>(asked, patience)) as { characters: number; preview: TextPreview };
  }

  private async contentOf(sql: Sql, access: Access, dto: TextToCutDto): Promise<Pick<Question, 'content' | 'mimeType' | 'model'>> {
    const { text, document_id: documentId, mime_type: mimeType, embedding_model: model } = dto;
    if ((text === undefined) === (documentId === undefined)) throw wrongContent();
    if (text !== undefined) return { content: { text }, mimeType, model };
    const document = await readDocument(sql, access, (documentId as string).toLowerCase());
    if (document.sizeBytes > MOST_CONTENT_BYTES) throw tooLarge();
    const { index } = await readCollection(sql, access, document.collectionId);
    const blob = await readBlob(sql, access.scope, document.contentHash);
    const bytes = blob?.bytes ?? (await this.blobs.read(access.scope, document.contentHash));
    const type = mimeType ?? document.mimeType ?? undefined;
    const content = document.isText ? { text: bytes.toString('utf8') } : { bytes: bytes.toString('base64'), fileName: document.fileName };
    return { content, mimeType: type, model: model ?? index.model };
  }
}

function tooLarge(): CairnError {
  return new CairnError('too_large', `A text or document can have at most ${MOST_CONTENT_BYTES} bytes to be looked at so. Send a part of it as text.`);
}

function wrongContent(): CairnError {
  const message = 'Send either text or document_id.';
  return new CairnError('invalid_input', message, { errors: [{ path: 'text', message }] });
}
