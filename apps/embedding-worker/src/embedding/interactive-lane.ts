import {
  CairnError,
  DependencyError,
  type EmbeddedTexts,
  type EmbedTextsAnswer,
  type EmbedTextsRequest,
  floatBytes,
  type Subjects,
  withRemoteParent,
  withSpan,
} from '@cairn/common';
import { type ModelPool, type OnnxModel, spaceOf } from '@cairn/models';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';

const QUEUE = 'workers';

/** Answers requests for vectors of texts that somebody waits for. They run on sessions of their own, so a query never waits behind a batch. */
export class InteractiveLane {
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
    private readonly pool: ModelPool,
  ) {}

  start(): void {
    this.subscriptions = this.pool.models.map((model) =>
      this.connection.subscribe(this.subjects.embedTexts(spaceOf(model)), {
        queue: QUEUE,
        callback: (error, message) => void (error ?? this.answer(model, message)),
      }),
    );
  }

  /** Asks the server for no more requests; those in hand are answered. */
  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
  }

  private async answer(model: OnnxModel, message: Msg): Promise<void> {
    const traceparent = message.headers?.get('traceparent');
    await withRemoteParent(traceparent, () => withSpan('embed texts', {}, async () => message.respond(JSON.stringify(await this.embed(model, message)))));
  }

  private async embed(model: OnnxModel, message: Msg): Promise<EmbedTextsAnswer> {
    try {
      const { texts, mode } = message.json<EmbedTextsRequest>();
      return await this.pool.use(model.id, async (runtime) => answerOf(await runtime.embedAtOnce(texts, mode)));
    } catch (error) {
      const passing = error instanceof DependencyError || !(error instanceof CairnError);
      return { error: passing ? 'unavailable' : 'refused', detail: (error as Error).message };
    }
  }
}

function answerOf(embeddings: { vector: Float32Array; tokens: number; truncatedTokens: number }[]): EmbeddedTexts {
  return {
    vectors: Buffer.concat(embeddings.map(({ vector }) => floatBytes(vector))).toString('base64'),
    tokens: embeddings.map(({ tokens }) => tokens),
    readTokens: embeddings.map(({ truncatedTokens }) => truncatedTokens),
  };
}
