import {
  AppDatabaseConfig,
  AuthConfig,
  CursorConfig,
  LanguageModelConfig,
  LimitsConfig,
  NatsConfig,
  Part,
  ProbeConfig,
  QdrantConfig,
  RatesConfig,
  ServiceConfig,
  SqlConfig,
} from '@cairn/common';

export class SearchConfig {
  @Part() service!: ServiceConfig;
  @Part() database!: AppDatabaseConfig;
  @Part() nats!: NatsConfig;
  @Part() qdrant!: QdrantConfig;
  @Part() auth!: AuthConfig;
  @Part() cursors!: CursorConfig;
  @Part() languageModel!: LanguageModelConfig;
  @Part() limits!: LimitsConfig;
  @Part() rates!: RatesConfig;
  @Part() sql!: SqlConfig;
  @Part() probes!: ProbeConfig;
}
