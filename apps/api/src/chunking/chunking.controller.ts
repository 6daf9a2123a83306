import { type Access, CallerAccess, CallerGone, Endpoint, FromBody, IdFromPath, READ_COLLECTION } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { CompareChunkingsDto, CreateChunkingProfileDto, PreviewChunksDto, RecommendChunkingDto } from './chunking.dto.js';
import { CHUNK_PREVIEW_ANSWER, COMPARISON_ANSWER, PROFILE_ANSWER, PROFILES_ANSWER, RECOMMENDATION_ANSWER, STRATEGIES_ANSWER } from './chunking.schema.js';
import { ChunkingService } from './chunking.service.js';
import { strategiesAnswer } from './chunking-answer.js';
import { ChunkingProfilesService } from './chunking-profiles.service.js';

const TAG = 'Chunking';
const REFUSALS = ['too_large', 'rate_limited', 'unknown_model', 'model_not_installed', 'unavailable'] as const;

@Controller()
export class ChunkingController {
  constructor(
    private readonly chunking: ChunkingService,
    private readonly profiles: ChunkingProfilesService,
  ) {}

  @Endpoint('POST /api/v2/chunking/preview', {
    summary: 'What a way of chunking makes of a text or a document.',
    description: 'Nothing is stored. The same content and settings again are answered from memory, with `cached`.',
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: CHUNK_PREVIEW_ANSWER },
    errors: [...REFUSALS],
    tag: TAG,
  })
  preview(@CallerAccess() access: Access, @FromBody() dto: PreviewChunksDto, @CallerGone() gone: AbortSignal) {
    return this.chunking.preview(access, dto, gone);
  }

  @Endpoint('POST /api/v2/chunking/compare', {
    summary: 'The same text or document by several ways of chunking.',
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: COMPARISON_ANSWER },
    errors: [...REFUSALS],
    tag: TAG,
  })
  compare(@CallerAccess() access: Access, @FromBody() dto: CompareChunkingsDto, @CallerGone() gone: AbortSignal) {
    return this.chunking.compare(access, dto, gone);
  }

  @Endpoint('POST /api/v2/chunking/recommend', {
    summary: 'Which way of chunking fits a text or a document, and why.',
    permission: READ_COLLECTION,
    unknownFields: 'refuse',
    answers: { 200: RECOMMENDATION_ANSWER },
    errors: [...REFUSALS],
    tag: TAG,
  })
  recommend(@CallerAccess() access: Access, @FromBody() dto: RecommendChunkingDto, @CallerGone() gone: AbortSignal) {
    return this.chunking.recommend(access, dto, gone);
  }

  @Endpoint('GET /api/v2/chunking/strategies', {
    summary: 'The strategies that there are, with their options.',
    permission: READ_COLLECTION,
    answers: { 200: STRATEGIES_ANSWER },
    tag: TAG,
  })
  strategies() {
    return strategiesAnswer();
  }

  @Endpoint('GET /api/v2/chunking/profiles', {
    summary: 'The ways of chunking that the organisation keeps by a name.',
    permission: READ_COLLECTION,
    answers: { 200: PROFILES_ANSWER },
    tag: TAG,
  })
  list(@CallerAccess() access: Access) {
    return this.profiles.list(access);
  }

  @Endpoint('POST /api/v2/chunking/profiles', {
    summary: 'Keep a way of chunking by a name.',
    description: 'A collection is made or reindexed so by `chunking_profile`; it keeps its settings when the profile is deleted.',
    permission: { scope: 'write' },
    unknownFields: 'refuse',
    answers: { 201: PROFILE_ANSWER },
    errors: ['conflict'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  create(@Write() write: WriteRequest, @FromBody() dto: CreateChunkingProfileDto) {
    return this.profiles.create(write, dto);
  }

  @Endpoint('DELETE /api/v2/chunking/profiles/{id}', {
    summary: 'Delete a profile.',
    permission: { scope: 'write' },
    answers: { 204: 'It is deleted.' },
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @IdFromPath('id', 'chunking profile') id: string) {
    return this.profiles.remove(write, id);
  }
}
