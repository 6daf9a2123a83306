import { Caller, Endpoint, FromBody, READ_COLLECTION, type TenantScope, TextFromPath } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { IDEMPOTENT, type WriteRequest } from '../writes/write-runner.js';
import { AddTemplateDto, TEMPLATE_NAME_BYTES } from './templates.dto.js';
import { TEMPLATE_ANSWER, TEMPLATES_ANSWER } from './templates.schema.js';
import { TemplatesService } from './templates.service.js';

const TAG = 'Templates';
const NameFromPath = () => TextFromPath('name', 'Name of the template.', TEMPLATE_NAME_BYTES);

@Controller()
export class TemplatesController {
  constructor(private readonly templates: TemplatesService) {}

  @Endpoint('GET /api/v2/collection-templates', {
    summary: 'Settings to begin collections with: the built-in ones first, then those of your organisation.',
    permission: READ_COLLECTION,
    answers: { 200: TEMPLATES_ANSWER },
    tag: TAG,
  })
  list(@Caller() scope: TenantScope) {
    return this.templates.list(scope);
  }

  @Endpoint('GET /api/v2/collection-templates/{name}', {
    summary: 'A template.',
    permission: READ_COLLECTION,
    answers: { 200: TEMPLATE_ANSWER },
    errors: ['not_found'],
    tag: TAG,
  })
  read(@Caller() scope: TenantScope, @NameFromPath() name: string) {
    return this.templates.read(scope, name);
  }

  @Endpoint('POST /api/v2/collection-templates', {
    summary: 'Keep settings under a name, for everybody in your organisation.',
    permission: { scope: 'write' },
    answers: { 201: TEMPLATE_ANSWER },
    errors: ['conflict', 'unknown_model', 'model_not_installed'],
    headers: IDEMPOTENT,
    unknownFields: 'refuse',
    tag: TAG,
  })
  add(@Write() write: WriteRequest, @FromBody() dto: AddTemplateDto) {
    return this.templates.add(write, dto);
  }

  @Endpoint('DELETE /api/v2/collection-templates/{name}', {
    summary: 'Remove a template of your own; collections that were made with it stay as they are.',
    permission: { scope: 'write' },
    answers: { 204: 'It is removed.' },
    errors: ['not_found', 'forbidden'],
    headers: IDEMPOTENT,
    tag: TAG,
  })
  remove(@Write() write: WriteRequest, @NameFromPath() name: string) {
    return this.templates.remove(write, name);
  }
}
