import {
  CairnError,
  type CompareTextsRequest,
  DependencyError,
  type EmbeddedTexts,
  type EmbedTextsRequest,
  floatBytes,
  PermanentJobError,
  type Subjects,
  withRemoteParent,
  withSpan,
} from '@cairn/common';
import { comparesAs, type ModelPool, reads, spaceOf } from '@cairn/models';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { RemoteModels } from './remote-models.js';

const QUEUE = 'workers';

/** Answers requests for vectors and scores of texts that somebody waits for. They run on sessions of their own, so a query never waits behind a batch. */
export class InteractiveLane {
  private readonly subscriptions: Subscription[] = [];

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
    private readonly pool: ModelPool,
    private readonly remotes: RemoteModels,
  ) {}

  start(): void {
    for (const model of this.pool.encoders.filter((encoder) => reads(encoder, 'text'))) {
      this.answer<EmbedTextsRequest, EmbeddedTexts>(this.subjects.embedTexts(spaceOf(model)), 'embed texts', ({ texts, mode }) =>
        this.pool.use(model.id, async (runtime) => answerOf(await runtime.embedAtOnce(texts, mode))),
      );
    }
    for (const remote of this.remotes.embedders) {
      this.answer<EmbedTextsRequest, EmbeddedTexts>(this.subjects.embedTexts(spaceOf(remote.model)), 'embed texts', async ({ texts, mode }) =>
        answerOf(await remote.embed(texts, mode)),
      );
    }
    for (const model of this.pool.models.filter(({ kind }) => kind !== 'clip')) {
      this.answer<CompareTextsRequest, { scores: number[] }>(this.subjects.compareTexts(comparesAs(model)), 'compare texts', async ({ query, texts }) => ({
        scores: await this.pool.compare(model.id, query, texts),
      }));
    }
  }

  /** Asks the server for no more requests; those in hand are answered. */
  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
  }

  private answer<Request, Answer extends object>(subject: string, span: string, work: (request: Request) => Promise<Answer>): void {
    const callback = (error: Error | null, message: Msg) => void (error ?? respond(message, span, work));
    this.subscriptions.push(this.connection.subscribe(subject, { queue: QUEUE, callback }));
  }
}

async function respond<Request>(message: Msg, span: string, work: (request: Request) => Promise<object>): Promise<void> {
  await withRemoteParent(message.headers?.get('traceparent'), () =>
    withSpan(span, {}, async () => {
      message.respond(JSON.stringify(await answerTo(message, work)));
    }),
  );
}

// A request that is no JSON is answered too: nothing that arrives may end the worker.
async function answerTo<Request>(message: Msg, work: (request: Request) => Promise<object>): Promise<object> {
  try {
    return await work(message.json<Request>());
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): { error: 'unavailable' | 'refused'; detail: string } {
  const passing = error instanceof DependencyError || !(error instanceof CairnError || error instanceof PermanentJobError);
  return { error: passing ? 'unavailable' : 'refused', detail: (error as Error).message };
}

function answerOf(embeddings: { vector: Float32Array; tokens: number; readTokens: number }[]): EmbeddedTexts {
  return {
    vectors: Buffer.concat(embeddings.map(({ vector }) => floatBytes(vector))).toString('base64'),
    tokens: embeddings.map(({ tokens }) => tokens),
    readTokens: embeddings.map(({ readTokens }) => readTokens),
  };
}
