import {
  absent,
  acceptEmbedding,
  acceptEmbeddingBatch,
  CairnError,
  type Database,
  deleteAssetVectors,
  deleteVector,
  type EmbeddingInput,
  faultPoint,
  floatsOf,
  type Hints,
  imageHashOf,
  type JobId,
  type JobType,
  jobKeyOf,
  type ModelDirectory,
  type PointId,
  payloadOf,
  readVector,
  type TenantScope,
  type TextInput,
  textHashOf,
} from '@cairn/common';
import { MOCK_MODEL, type ModelName, resolveImageModel, resolveTextModel, spaceOf } from '@cairn/models/catalogue';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { EmbedBatchDto, EmbedDto, EmbedImageDto, MockVectorDto } from './vectors.dto.js';

const FIRST_VERSION = 'v1';

export interface EmbedAnswer {
  job_id: JobId;
  asset_id: string;
  segment_id: string;
}

export class VectorsService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly hints: Hints,
    private readonly models: ModelDirectory,
    private readonly options: { maxAttempts: number },
  ) {}

  mock(request: WriteRequest, { asset_id, segment_id }: MockVectorDto): Promise<EmbedAnswer> {
    const key = { asset_id, segment_id, model: MOCK_MODEL.id, model_ver: FIRST_VERSION };
    const input = inputOf(MOCK_MODEL, {}, { asset_id, segment_id, text: mockText(asset_id, segment_id) });
    return this.accept(request, 'mock_embedding', jobKeyOf(request.scope.orgId, 'mock_embedding', key), input);
  }

  async embed(request: WriteRequest, dto: EmbedDto): Promise<EmbedAnswer> {
    const { asset_id, segment_id, text } = dto;
    const key = { asset_id, segment_id, text_hash: textHashOf(text), model: dto.model ?? 'default', model_ver: dto.model_ver ?? FIRST_VERSION };
    const input = inputOf(await this.textModelOf(dto.model), dto, { asset_id, segment_id, text });
    return this.accept(request, 'embed_text', jobKeyOf(request.scope.orgId, 'dispatch_embed_text', key), input);
  }

  async embedImage(request: WriteRequest, dto: EmbedImageDto): Promise<EmbedAnswer> {
    const { asset_id, segment_id } = dto;
    const image = imageOf(dto);
    const key = { asset_id, segment_id, image_hash: await imageHashOf(image), model: dto.model, model_ver: dto.model_ver ?? FIRST_VERSION };
    const model = await resolveImageModel(dto.model, () => this.models.list());
    const input = { ...targetOf(model, dto, { asset_id, segment_id }), image };
    return this.accept(request, 'embed_image', jobKeyOf(request.scope.orgId, 'dispatch_embed_image', key), input);
  }

  async embedBatch(request: WriteRequest, dto: EmbedBatchDto): Promise<{ job_id: JobId; asset_id: string; segment_count: number }> {
    refuseRepeats(dto);
    const key = {
      asset_id: dto.asset_id,
      segments: dto.segments.map((s) => ({ segment_id: s.segment_id, text_hash: textHashOf(s.text) })),
      model: dto.model ?? 'default',
      model_ver: dto.model_ver ?? FIRST_VERSION,
    };
    const model = await this.textModelOf(dto.model);
    const inputs = dto.segments.map((segment) => inputOf(model, dto, { asset_id: dto.asset_id, ...segment }));
    const job = this.newJob(request, 'embed_batch', jobKeyOf(request.scope.orgId, 'dispatch_embed_batch', key));
    faultPoint('A2');
    const answer = await this.writes.transaction(request, 200, async (sql) => ({
      job_id: await acceptEmbeddingBatch(sql, request.scope, job, inputs),
      asset_id: dto.asset_id,
      segment_count: dto.segments.length,
    }));
    this.accepted(request.scope);
    return answer;
  }

  read(scope: TenantScope, pointId: PointId, withVector: boolean): Promise<{ point_id: PointId; payload: object; vector?: number[] }> {
    return this.database.tenant(scope, async (sql) => {
      const stored = await readVector(sql, scope, pointId);
      if (!stored) throw absent('vector');
      const payload = payloadOf(stored);
      const shown = stored.model === MOCK_MODEL.id ? { ...payload, text: mockText(stored.assetId, stored.segmentId) } : payload;
      return { point_id: stored.pointId, payload: shown, ...(withVector ? { vector: Array.from(floatsOf(stored.vector)) } : {}) };
    });
  }

  async remove(request: WriteRequest, pointId: PointId): Promise<void> {
    await this.writes.transaction(request, 204, async (sql) => {
      if (!(await deleteVector(sql, request.scope, pointId))) throw absent('vector');
    });
    faultPoint('X1');
  }

  async removeAsset(request: WriteRequest, assetId: string): Promise<{ deleted: number }> {
    const answer = await this.writes.transaction(request, 200, async (sql) => ({ deleted: await deleteAssetVectors(sql, request.scope, assetId) }));
    faultPoint('X1');
    return answer;
  }

  private textModelOf(label: string | undefined): Promise<ModelName> {
    return resolveTextModel(label, () => this.models.list());
  }

  private async accept(request: WriteRequest, type: JobType, jobKey: string, input: EmbeddingInput): Promise<EmbedAnswer> {
    faultPoint('A2');
    const job = this.newJob(request, type, jobKey);
    const answer = await this.writes.run(request, 200, async (sql) => ({
      job_id: await acceptEmbedding(this.database, request.scope, job, input, sql),
      asset_id: input.assetId,
      segment_id: input.segmentId,
    }));
    this.accepted(request.scope);
    return answer;
  }

  private newJob(request: WriteRequest, type: JobType, jobKey: string) {
    return { type, jobKey, payload: {}, maxAttempts: this.options.maxAttempts, correlationId: request.correlationId, traceparent: request.traceparent };
  }

  private accepted(scope: TenantScope): void {
    faultPoint('A3');
    this.hints.announceJobs(scope.orgId);
  }
}

interface Labels {
  model?: string;
  model_ver?: string;
}

function inputOf(model: ModelName, labels: Labels, segment: { asset_id: string; segment_id: string; text: string }): TextInput {
  return { ...targetOf(model, labels, segment), text: segment.text };
}

/** The point id keeps the label that was sent; the space is that of the model behind it. */
function targetOf(model: ModelName, labels: Labels, segment: { asset_id: string; segment_id: string }): Omit<TextInput, 'text'> {
  return {
    assetId: segment.asset_id,
    segmentId: segment.segment_id,
    model: labels.model ?? model.id,
    modelVer: labels.model_ver ?? FIRST_VERSION,
    space: spaceOf(model),
  };
}

/** Node leaves out what is no base64, which would make another image of it. */
function imageOf({ image }: EmbedImageDto): Buffer {
  const bytes = Buffer.from(image, 'base64');
  if (bytes.length > 0 && bytes.length === Buffer.byteLength(image, 'base64')) return bytes;
  const message = 'The image must be the bytes of the file in base64, without line breaks and without "data:" in front.';
  throw new CairnError('invalid_input', message, { errors: [{ path: 'image', message }] });
}

const mockText = (assetId: string, segmentId: string): string => `Mock embedding for asset ${assetId}, segment ${segmentId}`;

function refuseRepeats(dto: EmbedBatchDto): void {
  const seen = new Set<string>();
  const errors = dto.segments.flatMap(({ segment_id }, index) => {
    if (!seen.has(segment_id)) {
      seen.add(segment_id);
      return [];
    }
    return [{ path: `segments[${index}].segment_id`, message: 'is the id of an earlier segment of this batch' }];
  });
  if (errors.length > 0)
    throw new CairnError('invalid_input', `${errors.length} segment ids stand more than once in the batch; each segment needs an id of its own.`, {
      errors: errors.slice(0, 20),
    });
}
