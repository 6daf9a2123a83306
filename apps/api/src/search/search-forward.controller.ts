import { CairnError, currentContext, Endpoint, FromBody, VECTOR_SEARCH_ANSWER, VectorSearchDto } from '@cairn/common';
import { Controller, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Pool } from 'undici';

const DEADLINE_MS = 10_000;
const PASSED_ON = ['content-type', 'retry-after', 'x-correlation-id'];

/** The search service answers searches; one base address serves every route. */
@Controller()
export class SearchForwardController {
  constructor(private readonly search: SearchService) {}

  @Endpoint('POST /vectors/search', { summary: 'Find vectors by meaning.', description: 'Give `query` or `query_text`. Only live vectors of your organisation are found.', permission: { scope: 'read' }, answers: { 200: VECTOR_SEARCH_ANSWER }, errors: ['unknown_model'], tag: 'Vectors' })
  async vectors(@FromBody() dto: VectorSearchDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    await this.search.forward('/vectors/search', dto, request, reply);
  }
}

/** A connection to the search service. */
export class SearchService {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool(url, { connections: 64, headersTimeout: DEADLINE_MS, bodyTimeout: DEADLINE_MS, connect: { timeout: 2_000 } });
  }

  async forward(path: string, body: object, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    try {
      const answer = await this.pool.request({
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '', 'x-correlation-id': currentContext()?.correlationId ?? '' },
        body: JSON.stringify(body),
      });
      const text = await answer.body.text();
      for (const name of PASSED_ON) if (answer.headers[name] !== undefined) void reply.header(name, answer.headers[name]);
      await reply.status(answer.statusCode).send(text);
    } catch (error) {
      throw new CairnError('unavailable', 'The search service does not answer right now. Try again in a moment.', { cause: error, retryAfterSeconds: 2 });
    }
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
