import {
  CairnError,
  type CompareTextsRequest,
  type CutText,
  type CutTextRequest,
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
import type { TextCutter } from '../documents/text-cutter.js';
import type { Ensembles } from './ensembles.js';
import type { RemoteModels } from './remote-models.js';

const QUEUE = 'workers';
const TOO_LARGE: Refusal = { error: 'refused', detail: 'The answer is too large for one message.' };

type Refusal = { error: 'unavailable' | 'refused'; detail: string };

/** The signal is aborted when nobody waits for the answer any more. */
type Work<Request, Answer> = (request: Request, signal: AbortSignal) => Promise<Answer>;

/** Answers requests for vectors and scores of texts that somebody waits for. They run on sessions of their own, so a query never waits behind a batch. */
export class InteractiveLane {
  private readonly subscriptions: Subscription[] = [];
  /** The requests in hand, by their ids. */
  private readonly inHand = new Map<string, AbortController>();

  constructor(
    private readonly connection: NatsConnection,
    private readonly subjects: Subjects,
    private readonly pool: ModelPool,
    private readonly remotes: RemoteModels,
    private readonly ensembles: Ensembles,
    private readonly cutter: TextCutter,
  ) {}

  start(): void {
    const abandon = (_: Error | null, message: Msg) => this.inHand.get(message.string())?.abort(new DependencyError('model', 'Nobody waits for the answer.'));
    this.subscriptions.push(this.connection.subscribe(this.subjects.abandoned, { callback: abandon }));
    for (const model of this.pool.encoders.filter((encoder) => reads(encoder, 'text'))) {
      this.answer<EmbedTextsRequest, EmbeddedTexts>(this.subjects.embedTexts(spaceOf(model)), 'embed texts', ({ texts, mode }, signal) =>
        this.pool.use(model.id, async (runtime) => answerOf(await runtime.embedAtOnce(texts, mode, { signal })), { signal }),
      );
    }
    for (const ensemble of this.ensembles.models) {
      this.answer<EmbedTextsRequest, EmbeddedTexts>(this.subjects.embedTexts(spaceOf(ensemble)), 'embed texts', async ({ texts, mode }, signal) =>
        answerOf(await this.ensembles.embed(ensemble, (runtime) => runtime.embedAtOnce(texts, mode, { signal }), signal)),
      );
    }
    for (const remote of this.remotes.embedders) {
      this.answer<EmbedTextsRequest, EmbeddedTexts>(this.subjects.embedTexts(spaceOf(remote.model)), 'embed texts', async ({ texts, mode }, signal) =>
        answerOf(await remote.embed(texts, mode, { signal })),
      );
    }
    for (const model of this.cutter.models) {
      this.answer<CutTextRequest, CutText>(this.subjects.cutText(spaceOf(model)), 'cut text', (request, signal) => this.cutter.cut(request, signal));
    }
    for (const model of this.pool.models.filter(({ kind }) => kind !== 'clip')) {
      this.answer<CompareTextsRequest, { scores: number[] }>(
        this.subjects.compareTexts(comparesAs(model)),
        'compare texts',
        async ({ query, texts }, signal) => ({
          scores: await this.pool.compare(model.id, query, texts, { signal }),
        }),
      );
    }
  }

  /** Asks the server for no more requests; those in hand are answered. */
  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.drain()));
  }

  private answer<Request extends { id: string }, Answer extends object>(subject: string, span: string, work: Work<Request, Answer>): void {
    const callback = (error: Error | null, message: Msg) => void (error ?? respond(message, span, (request: Request) => this.untilAbandoned(request, work)));
    this.subscriptions.push(this.connection.subscribe(subject, { queue: QUEUE, callback }));
  }

  private async untilAbandoned<Request extends { id: string }, Answer>(request: Request, work: Work<Request, Answer>): Promise<Answer> {
    const abandoned = new AbortController();
    this.inHand.set(request.id, abandoned);
    try {
      return await work(request, abandoned.signal);
    } finally {
      this.inHand.delete(request.id);
    }
  }
}

async function respond<Request>(message: Msg, span: string, work: (request: Request) => Promise<object>): Promise<void> {
  await withRemoteParent(message.headers?.get('traceparent'), () =>
    withSpan(span, {}, async () => {
      send(message, await answerTo(message, work));
    }),
  );
}

/** Without a connection that takes it, whoever waits is told nothing and gives up by himself. */
function send(message: Msg, answer: object): void {
  for (const one of [answer, TOO_LARGE]) {
    try {
      message.respond(JSON.stringify(one));
      return;
    } catch {
      // An error here would end the worker.
    }
  }
}

// A request that is no JSON is answered too: nothing that arrives may end the worker.
async function answerTo<Request>(message: Msg, work: (request: Request) => Promise<object>): Promise<object> {
  try {
    return await work(message.json<Request>());
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): Refusal {
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
