import { type Access, acceptedForm, CallerAccess, CallerGone, Endpoint, FromBody, SQL, SqlDto } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { inForm } from './answer-forms.js';
import { SqlService } from './sql.service.js';

@Controller()
export class SqlController {
  constructor(private readonly statements: SqlService) {}

  @Endpoint('POST /api/v2/sql', SQL)
  async answer(
    @CallerAccess() access: Access,
    @FromBody() dto: SqlDto,
    @CallerGone() gone: AbortSignal,
    @Req() { headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const form = acceptedForm(headers.accept, ['ndjson', 'csv']);
    if (form === undefined) return this.statements.answer(access, dto, gone);
    return inForm(form, reply, await this.statements.stream(access, dto, gone));
  }
}
