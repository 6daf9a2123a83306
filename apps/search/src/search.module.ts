import {
  Authenticator,
  AuthGuard,
  CursorSeal,
  Database,
  databaseProvider,
  Lifecycle,
  LOGGER,
  type Logger,
  Metrics,
  ModelDirectory,
  NATS,
  natsProvider,
  observeQdrant,
  openDatabase,
  rateLimiterProvider,
  Subjects,
  TokenVerifier,
} from '@cairn/common';
import { LanguageModel } from '@cairn/models/remote';
import { QdrantGateway } from '@cairn/retrieval';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SearchLog } from './analytics/search-log.js';
import { BatchSearch } from './collections/batch-search.js';
import { CollectionSearchController } from './collections/collection-search.controller.js';
import { CollectionSearchService } from './collections/collection-search.service.js';
import { HypothesisWriter } from './collections/hypothesis-writer.js';
import { SpaceQuestions } from './collections/space-questions.js';
import { WhyService } from './collections/why.service.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { EmbeddingsService } from './embeddings.service.js';
import { EvaluationController } from './evaluations/evaluation.controller.js';
import { EvaluationService } from './evaluations/evaluation.service.js';
import { HypothesisMetrics } from './hypothesis-metrics.js';
import { KnownSpaces } from './known-spaces.js';
import { LiveSearch } from './live-search.js';
import { QueryWords } from './query-words.js';
import { RerankController } from './rerank.controller.js';
import { RerankService } from './rerank.service.js';
import type { SearchConfig } from './search.config.js';
import { SearchMetrics } from './search-metrics.js';
import { RowQuestions } from './sql/row-questions.js';
import { RowSearch } from './sql/row-search.js';
import { RowStreams, STREAM_SECONDS, STREAMS_AT_ONCE } from './sql/row-streams.js';
import { SqlController } from './sql/sql.controller.js';
import { SqlService } from './sql/sql.service.js';
import { TextEmbedder } from './text-embedder.js';
import { TruthController } from './truth/truth.controller.js';
import { TruthService } from './truth/truth.service.js';
import { Turns } from './turns.js';
import { VectorSearchController } from './vector-search.controller.js';
import { VectorSearchService } from './vector-search.service.js';

function connections(config: SearchConfig): Provider[] {
  return [
    databaseProvider(config.database, 'cairn-search'),
    natsProvider(config.nats, 'cairn-search'),
    {
      provide: QdrantGateway,
      inject: [Lifecycle, Metrics],
      useFactory: (lifecycle: Lifecycle, metrics: Metrics) => {
        const { url, grpcUrl, apiKey } = config.qdrant;
        const gateway = new QdrantGateway({ url, grpcUrl, apiKey, namespace: config.service.namespace, observe: observeQdrant(metrics) });
        lifecycle.onDrain('connections', 'qdrant', () => gateway.close());
        return gateway;
      },
    },
  ];
}

function services(config: SearchConfig): Provider[] {
  return [
    { provide: APP_GUARD, useClass: AuthGuard },
    rateLimiterProvider(config.rates),
    {
      provide: Authenticator,
      inject: [Database],
      useFactory: (database: Database) => new Authenticator(database, new TokenVerifier(config.auth), config.auth),
    },
    {
      provide: TextEmbedder,
      inject: [NATS, Metrics],
      useFactory: (nats: NatsConnection, metrics: Metrics) => new TextEmbedder(nats, new Subjects(config.service.namespace), new SearchMetrics(metrics)),
    },
    { provide: ModelDirectory, inject: [Database], useFactory: (database: Database) => new ModelDirectory(database) },
    {
      provide: EmbeddingsService,
      inject: [TextEmbedder, ModelDirectory],
      useFactory: (embedder: TextEmbedder, models: ModelDirectory) => new EmbeddingsService(embedder, models),
    },
    {
      provide: RerankService,
      inject: [TextEmbedder, ModelDirectory, LOGGER],
      useFactory: (embedder: TextEmbedder, models: ModelDirectory, logger: Logger) => new RerankService(embedder, models, logger),
    },
    {
      provide: VectorSearchService,
      inject: [Database, LiveSearch, TextEmbedder, QueryWords, ModelDirectory, KnownSpaces, Turns],
      useFactory: (
        database: Database,
        live: LiveSearch,
        embedder: TextEmbedder,
        words: QueryWords,
        models: ModelDirectory,
        spaces: KnownSpaces,
        turns: Turns,
      ) => new VectorSearchService(database, live, embedder, words, models, spaces, turns),
    },
    {
      provide: SpaceQuestions,
      inject: [KnownSpaces, TextEmbedder, QueryWords, ModelDirectory],
      useFactory: (spaces: KnownSpaces, embedder: TextEmbedder, words: QueryWords, models: ModelDirectory) =>
        new SpaceQuestions(spaces, embedder, words, models),
    },
    {
      provide: HypothesisWriter,
      inject: [Metrics, LOGGER],
      useFactory: (metrics: Metrics, logger: Logger) => {
        const { provider, deadlineMs } = config.languageModel;
        return new HypothesisWriter(provider && new LanguageModel(provider), deadlineMs, new HypothesisMetrics(metrics), logger);
      },
    },
    {
      provide: CollectionSearchService,
      inject: [Database, LiveSearch, SpaceQuestions, HypothesisWriter, RerankService, Turns, LOGGER],
      useFactory: (
        database: Database,
        live: LiveSearch,
        questions: SpaceQuestions,
        hypotheses: HypothesisWriter,
        reranking: RerankService,
        turns: Turns,
        logger: Logger,
      ) => new CollectionSearchService(database, live, questions, hypotheses, reranking, turns, new CursorSeal(config.cursors.secret), logger),
    },
    {
      provide: SearchLog,
      inject: [Database, Metrics, LOGGER, Lifecycle],
      useFactory: (database: Database, metrics: Metrics, logger: Logger, lifecycle: Lifecycle) => {
        const log = new SearchLog(database, new SearchMetrics(metrics), logger, lifecycle.draining);
        lifecycle.onDrain('work', 'search log', () => log.flush());
        return log;
      },
    },
    {
      provide: BatchSearch,
      inject: [CollectionSearchService, SearchLog],
      useFactory: (searches: CollectionSearchService, log: SearchLog) => new BatchSearch(searches, log),
    },
    {
      provide: WhyService,
      inject: [Database, CollectionSearchService],
      useFactory: (database: Database, searches: CollectionSearchService) => new WhyService(database, searches),
    },
    {
      provide: EvaluationService,
      inject: [Database, CollectionSearchService],
      useFactory: (database: Database, searches: CollectionSearchService) => new EvaluationService(database, searches),
    },
    {
      provide: TruthService,
      inject: [Database, QdrantGateway],
      useFactory: (database: Database, gateway: QdrantGateway) => new TruthService(database, gateway),
    },
    {
      provide: LiveSearch,
      inject: [QdrantGateway, Metrics],
      useFactory: (gateway: QdrantGateway, metrics: Metrics) => new LiveSearch(gateway, new SearchMetrics(metrics)),
    },
    {
      provide: RowQuestions,
      inject: [TextEmbedder, QueryWords, ModelDirectory],
      useFactory: (embedder: TextEmbedder, words: QueryWords, models: ModelDirectory) => new RowQuestions(embedder, words, models),
    },
    {
      provide: RowSearch,
      inject: [Database, LiveSearch, RowQuestions, KnownSpaces, RerankService],
      useFactory: (database: Database, live: LiveSearch, questions: RowQuestions, spaces: KnownSpaces, reranking: RerankService) =>
        new RowSearch(database, live, questions, spaces, reranking),
    },
    {
      provide: RowStreams,
      inject: [Lifecycle],
      useFactory: async (lifecycle: Lifecycle) => {
        const own = { ...config.database, poolSize: STREAMS_AT_ONCE.ofAll, answerTimeoutMs: STREAM_SECONDS * 1_000, ownerUrl: undefined };
        const { database, close } = await openDatabase(own, 'cairn-search-streams');
        lifecycle.onDrain('connections', 'postgres of streams', close);
        return new RowStreams(database);
      },
    },
    {
      provide: SqlService,
      inject: [Database, RowStreams, RowQuestions, RowSearch, Turns, Metrics, LOGGER],
      useFactory: (database: Database, streams: RowStreams, questions: RowQuestions, searches: RowSearch, turns: Turns, metrics: Metrics, logger: Logger) =>
        new SqlService(
          database,
          streams,
          questions,
          searches,
          new CursorSeal(config.cursors.secret),
          turns,
          new SearchMetrics(metrics),
          logger,
          config.sql.simulatesFaults,
        ),
    },
    { provide: KnownSpaces, inject: [Database], useFactory: (database: Database) => new KnownSpaces(database) },
    { provide: Turns, inject: [Metrics], useFactory: (metrics: Metrics) => Turns.of(config.limits.searchTurns, new SearchMetrics(metrics)) },
    { provide: QueryWords, inject: [Database, LOGGER], useFactory: (database: Database, logger: Logger) => new QueryWords(database, logger) },
  ];
}

@Module({})
export class SearchModule {
  static for(config: SearchConfig): DynamicModule {
    return {
      module: SearchModule,
      controllers: [
        VectorSearchController,
        CollectionSearchController,
        EvaluationController,
        EmbeddingsController,
        RerankController,
        SqlController,
        TruthController,
      ],
      providers: [...connections(config), ...services(config)],
    };
  }
}
