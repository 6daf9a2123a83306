import { Endpoint, FromBody } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { PREVIEW_ANSWER, SOURCE_TYPES_ANSWER } from './source-previews.schema.js';
import { SourcePreviewsService, sourceTypes } from './source-previews.service.js';
import { PreviewSourceDto } from './sources.dto.js';

const TAG = 'Sources';

@Controller()
export class SourcePreviewsController {
  constructor(private readonly previews: SourcePreviewsService) {}

  @Endpoint('POST /api/v2/sources/preview', {
    summary: 'What a source would give if it were added now.',
    description: 'Nothing is kept. A source that cannot be read is an answer: `valid` is false, and `reason` says why in a sentence.',
    permission: { scope: 'write' },
    unknownFields: 'refuse',
    answers: { 200: PREVIEW_ANSWER },
    errors: ['rate_limited'],
    tag: TAG,
  })
  preview(@FromBody() dto: PreviewSourceDto) {
    return this.previews.preview(dto);
  }

  @Endpoint('GET /api/v2/source-types', {
    summary: 'The kinds of sources, with their fields.',
    permission: { scope: 'read' },
    answers: { 200: SOURCE_TYPES_ANSWER },
    tag: TAG,
  })
  types() {
    return sourceTypes();
  }
}
