import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connectNats, type EmbedTextsAnswer, floatsOf, Subjects } from '@cairn/common';
import { TextWords } from '@cairn/models/sparse';
import type { NatsConnection } from '@nats-io/transport-node';
import { runAsChild } from '../core/child-process.js';
import { RawQdrant } from './raw-qdrant.js';

export interface ReferenceSettings {
  natsUrl: string;
  namespace: string;
  qdrantUrl: string;
  apiKey: string;
  /** Where single vectors lie, and where documents lie. */
  collections: { vectors: string; documents: string };
  model: string;
  space: string;
}

export interface Question {
  org_id: string;
  /** Of a collection; single vectors are asked for without one. */
  index_id?: string;
  query: string;
  limit: number;
  mode: 'dense' | 'hybrid';
}

// Nobody has counted how rare its words are: that costs our service nothing either, once it has.
const FLAT = { idfOf: () => 1, languages: ['en'] as const };

/** The least that answers the question: node:http, the same request to the same embedding worker, one call of Qdrant. No checks, no Postgres, no logs. */
runAsChild<ReferenceSettings>(async (settings) => {
  const nats = await connectNats({ urls: [settings.natsUrl], replicas: 1 }, 'bench-reference');
  const options = { url: settings.qdrantUrl, apiKey: settings.apiKey };
  const [vectors, documents] = [new RawQdrant(options, settings.collections.vectors), new RawQdrant(options, settings.collections.documents)];
  const subject = new Subjects(settings.namespace).embedTexts(settings.space);
  const words = new TextWords();
  const server = createServer((request, response) => {
    answer(request, response, async ({ org_id: orgId, index_id: indexId, query, limit, mode }) => {
      const vector = await embed(nats, subject, settings.model, query);
      const [qdrant, whose] = [indexId === undefined ? vectors : documents, { orgId, indexId }];
      const hits =
        mode === 'dense' ? await qdrant.nearest(whose, vector, limit) : await qdrant.fused(whose, { vector, terms: await words.query(query, FLAT) }, limit);
      return { results: hits.map(({ score, payload }) => ({ point_id: payload.point_id, score, payload })), total: hits.length };
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    server.closeAllConnections();
    await Promise.all([nats.close(), vectors.close(), documents.close(), words.stop()]);
  };
  return { answers: { port: () => ({ kind: 'port', port: (server.address() as { port: number }).port }) }, stop };
});

async function embed(nats: NatsConnection, subject: string, model: string, text: string): Promise<Float32Array> {
  const message = await nats.request(subject, JSON.stringify({ model, mode: 'query', texts: [text] }), { timeout: 5_000 });
  const answered = message.json<EmbedTextsAnswer>();
  if ('error' in answered) throw new Error(answered.detail);
  return floatsOf(Buffer.from(answered.vectors, 'base64'));
}

function answer(request: IncomingMessage, response: ServerResponse, work: (question: Question) => Promise<object>): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    work(JSON.parse(Buffer.concat(chunks).toString()) as Question).then(
      (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
}
