import { CallerGone, EMBEDDINGS, EmbeddingsDto, Endpoint, FromBody } from '@cairn/common';
import { Controller, Header } from '@nestjs/common';
import { EmbeddingsService } from './embeddings.service.js';

@Controller()
export class EmbeddingsController {
  constructor(private readonly embeddings: EmbeddingsService) {}

  @Endpoint('POST /v1/embeddings', EMBEDDINGS)
  @Header('content-type', 'application/json; charset=utf-8')
  create(@FromBody() dto: EmbeddingsDto, @CallerGone() gone: AbortSignal) {
    return this.embeddings.answer(dto, gone);
  }
}
