import { Controller } from '@nestjs/common';
import type { JsonSchema } from '../validation/json-schema.js';
import { Endpoint } from './endpoint.decorator.js';

/** The description of the API this process serves, put there once every endpoint is known. */
export class OpenApiDocument {
  value: JsonSchema = {};
}

@Controller()
export class OpenApiController {
  constructor(private readonly document: OpenApiDocument) {}

  @Endpoint('GET /openapi.json', {
    summary: 'This description of the API (OpenAPI 3.1).',
    permission: 'public',
    answers: { 200: { type: 'object' } },
    tag: 'Health',
  })
  read(): JsonSchema {
    return this.document.value;
  }
}
