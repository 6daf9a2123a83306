import { Caller, Endpoint, FromBody, FromQuery, IdFromPath, type PointId, type TenantScope, TextFromPath } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { EmbedBatchDto, EmbedDto, EmbedImageDto, MockVectorDto, ReadVectorDto } from './vectors.dto.js';
import { BATCH_ANSWER, DELETED_ANSWER, EMBED_ANSWER, VECTOR_ANSWER } from './vectors.schema.js';
import { VectorsService } from './vectors.service.js';

const TAG = 'Vectors';
const WRITE_ERRORS = ['idempotency_mismatch', 'request_in_flight'] as const;

@Controller()
export class VectorsController {
  constructor(private readonly vectors: VectorsService) {}

  @Endpoint('POST /vectors/mock', {
    summary: 'Write a deterministic mock vector.',
    permission: { scope: 'write' },
    answers: { 200: EMBED_ANSWER },
    errors: ['point_id_taken', ...WRITE_ERRORS],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  mock(@Write() write: WriteRequest, @FromBody() dto: MockVectorDto) {
    return this.vectors.mock(write, dto);
  }

  @Endpoint('POST /vectors/embed', {
    summary: 'Embed a text and keep its vector under an asset and segment.',
    description: 'A repeat of the newest request for a point is answered with its job. The last accepted text wins, whatever order the jobs run in.',
    permission: { scope: 'write' },
    answers: { 200: EMBED_ANSWER },
    errors: ['unknown_model', 'model_not_installed', 'point_id_taken', ...WRITE_ERRORS],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  embed(@Write() write: WriteRequest, @FromBody() dto: EmbedDto) {
    return this.vectors.embed(write, dto);
  }

  @Endpoint('POST /vectors/embed/image', {
    summary: 'Embed an image and keep its vector under an asset and segment.',
    description:
      'A search with the same model finds it by a text. Works like `POST /vectors/embed`; an image that cannot be read fails its job, with the reason in `error`.',
    permission: { scope: 'write' },
    answers: { 200: EMBED_ANSWER },
    errors: ['unknown_model', 'model_not_installed', 'point_id_taken', ...WRITE_ERRORS],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  embedImage(@Write() write: WriteRequest, @FromBody() dto: EmbedImageDto) {
    return this.vectors.embedImage(write, dto);
  }

  @Endpoint('POST /vectors/embed/batch', {
    summary: 'Embed up to 1,000 segments of an asset as one job.',
    description: 'All become visible together; the result names each segment with ok or an error.',
    permission: { scope: 'write' },
    answers: { 200: BATCH_ANSWER },
    errors: ['unknown_model', 'model_not_installed', 'point_id_taken', ...WRITE_ERRORS],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  embedBatch(@Write() write: WriteRequest, @FromBody() dto: EmbedBatchDto) {
    return this.vectors.embedBatch(write, dto);
  }

  @Endpoint('GET /vectors/{point_id}', {
    summary: 'What is kept about a vector; with `vector=true` its components too.',
    permission: { scope: 'read' },
    answers: { 200: VECTOR_ANSWER },
    tag: TAG,
  })
  read(@Caller() scope: TenantScope, @IdFromPath('point_id', 'vector') id: string, @FromQuery() query: ReadVectorDto) {
    return this.vectors.read(scope, id as PointId, query.vector === 'true' || query.vector === '1');
  }

  @Endpoint('DELETE /vectors/asset/{asset_id}', {
    summary: 'Delete all vectors of an asset; no search finds them from the answer on.',
    permission: { scope: 'write' },
    answers: { 200: DELETED_ANSWER },
    headers: IDEMPOTENT,
    tag: TAG,
  })
  removeAsset(@Write() write: WriteRequest, @TextFromPath('asset_id', 'The asset.') assetId: string) {
    return this.vectors.removeAsset(write, assetId);
  }

  @Endpoint('DELETE /vectors/{point_id}', {
    summary: 'Delete a vector; no search finds it from the answer on.',
    permission: { scope: 'write' },
    answers: { 204: 'Deleted' },
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @IdFromPath('point_id', 'vector') id: string) {
    return this.vectors.remove(write, id as PointId);
  }
}
