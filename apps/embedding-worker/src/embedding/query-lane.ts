import { DependencyError, type EmbedQueryAnswer, type EmbedQueryRequest, floatBytes, type Subjects, withRemoteParent, withSpan } from '@cairn/common';
import type { EmbeddingRuntime } from '@cairn/models';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';

const QUEUE = 'workers';

/** Answers requests for query vectors. They run on sessions of their own, so a query never waits behind a batch. */
export class QueryLane {
  private subscription: Subscription | undefined;

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
    private readonly runtime: EmbeddingRuntime,
  ) {}

  start(): void {
    this.subscription = this.connection.subscribe(this.subjects.embedQuery, {
      queue: QUEUE,
      callback: (error, message) => void (error ?? this.answer(message)),
    });
  }

  /** Asks the server for no more requests; those in hand are answered. */
  async stop(): Promise<void> {
    await this.subscription?.drain();
  }

  private async answer(message: Msg): Promise<void> {
    const traceparent = message.headers?.get('traceparent');
    await withRemoteParent(traceparent, () => withSpan('embed query', {}, async () => message.respond(JSON.stringify(await this.embed(message)))));
  }

  private async embed(message: Msg): Promise<EmbedQueryAnswer> {
    try {
      const { text } = message.json<EmbedQueryRequest>();
      const { vector, tokens } = await this.runtime.embedQuery(text);
      return { vector: floatBytes(vector).toString('base64'), tokens };
    } catch (error) {
      return { error: error instanceof DependencyError ? 'unavailable' : 'refused', detail: (error as Error).message };
    }
  }
}
