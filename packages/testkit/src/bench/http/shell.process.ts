import 'reflect-metadata';
import {
  AuthConfig,
  Authenticator,
  AuthGuard,
  createDataSource,
  createLogger,
  createService,
  Database,
  Endpoint,
  FromBody,
  LimitsConfig,
  loadConfig,
  Part,
  ProbeConfig,
  RatesConfig,
  rateLimiterProvider,
  ServiceConfig,
  TokenVerifier,
} from '@cairn/common';
import { Controller, type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { runAsChild } from '../core/child-process.js';
import { devNull } from '../core/dev-null.js';
import { MessageDto } from './message.dto.js';

class BenchConfig {
  @Part() service!: ServiceConfig;
  @Part() probes!: ProbeConfig;
  @Part() limits!: LimitsConfig;
  @Part() auth!: AuthConfig;
  @Part() rates!: RatesConfig;
}

@Controller()
class MessageController {
  @Endpoint('POST /messages', { summary: 'Counts segments.', permission: { scope: 'write' }, answers: { 200: { type: 'object' } } })
  take(@FromBody() message: MessageDto): { ok: true; segments: number } {
    return { ok: true, segments: message.segments.length };
  }
}

@Module({})
class BenchModule {
  static with(providers: Provider[]): DynamicModule {
    return { module: BenchModule, controllers: [MessageController], providers };
  }
}

interface Settings {
  /** Postgres, for the users that tokens name; without it there is no guard. */
  databaseUrl?: string;
}

/** Our shell as the services have it: hooks, correlation, metrics, logs, compiled rules, problem answers. */
runAsChild<Settings>(async ({ databaseUrl }) => {
  const config = loadConfig(BenchConfig, { CAIRN_ENV: 'local', PORT: '0' });
  const source = databaseUrl ? await createDataSource({ url: databaseUrl, applicationName: 'bench-http', poolSize: 4 }).initialize() : undefined;
  const log = createLogger({ service: 'bench-http', level: 'info', destination: devNull() });
  const module = BenchModule.with(source ? guardedBy(new Database(source), config) : []);
  const service = await createService({ name: 'bench-http', config, module, log });
  const url = await service.listen();
  const stop = async () => {
    await service.stop();
    await source?.destroy();
  };
  return { answers: { port: () => ({ kind: 'port', port: Number(new URL(url).port) }) }, stop };
});

function guardedBy(database: Database, { auth, rates }: BenchConfig): Provider[] {
  const authenticator = new Authenticator(database, new TokenVerifier(auth), { provisionAtFirstUse: true });
  return [{ provide: APP_GUARD, useClass: AuthGuard }, { provide: Authenticator, useValue: authenticator }, rateLimiterProvider(rates)];
}
