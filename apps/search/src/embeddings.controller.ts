import { EMBEDDINGS_ANSWER, EmbeddingsDto, Endpoint, FromBody } from '@cairn/common';
import { Controller, Header } from '@nestjs/common';
import { EmbeddingsService } from './embeddings.service.js';

@Controller()
export class EmbeddingsController {
  constructor(private readonly embeddings: EmbeddingsService) {}

  @Endpoint('POST /v1/embeddings', {
    summary: 'Turn texts into vectors, in OpenAI’s form.',
    permission: { scope: 'read' },
    answers: { 200: EMBEDDINGS_ANSWER },
    errors: ['unknown_model', 'model_not_installed'],
    unknownFields: 'ignore',
    tag: 'OpenAI',
  })
  @Header('content-type', 'application/json; charset=utf-8')
  create(@FromBody() dto: EmbeddingsDto) {
    return this.embeddings.answer(dto);
  }
}
