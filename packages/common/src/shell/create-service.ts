import type { DynamicModule, INestApplicationContext, Provider, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { partsOf } from '../config/env.decorator.js';
import type { LimitsConfig } from '../config/limits.config.js';
import type { ProbeConfig } from '../config/probe.config.js';
import type { ServiceConfig } from '../config/service.config.js';
import { flushTraces } from '../telemetry/flush-traces.js';
import { type CollectedEndpoint, collectEndpoints, controllersOf } from './endpoints/collect-endpoints.js';
import { OpenApiController, OpenApiDocument } from './endpoints/openapi.controller.js';
import { type ApiInfo, buildOpenApi } from './endpoints/openapi.js';
import { ProblemFilter } from './errors/problem.filter.js';
import { createAdapter } from './http/create-adapter.js';
import { addRequestHooks } from './http/request-hooks.js';
import { RouteTable } from './http/route-table.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import { LoopLag } from './lifecycle/loop-lag.js';
import { OpenSockets } from './lifecycle/open-sockets.js';
import { createLogger } from './logging/create-logger.js';
import { LOGGER } from './logging/logger.token.js';
import { NestLogger } from './logging/nest-logger.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { Metrics } from './metrics/metrics.js';
import { startMetricsServer } from './metrics/metrics-server.js';
import { type ProbeActions, ProbeBoard } from './probes/probe-board.js';
import { Readiness } from './probes/readiness.js';
import { serviceVersion } from './service-version.js';
import { shellAround } from './shell.module.js';
import { useLimits } from './validation/limits.js';

/** The parts of a configuration that the shell itself needs; a service adds its own. */
export interface ShellConfig {
  service: ServiceConfig;
  probes: ProbeConfig;
  limits: LimitsConfig;
}

export interface ServiceOptions<C extends ShellConfig = ShellConfig> {
  /** Shown by probes, logs and metrics: api, search, outbox-dispatcher, embedding-worker. */
  name: string;
  config: C;
  module: Type | DynamicModule;
  /** What /readyz asks, made when every provider exists. */
  probes?: (app: INestApplicationContext) => ProbeActions;
  /** Added to /readyz?verbose. */
  readyExtras?: (app: INestApplicationContext) => Promise<Record<string, unknown>> | Record<string, unknown>;
  /** Serves /openapi.json under this title when given. */
  openApi?: Omit<ApiInfo, 'version'>;
  /** Adds routes that are no endpoints of the api: pages for people. */
  pages?: (fastify: FastifyInstance) => void;
  /** For tests; a logger on stdout when absent. */
  log?: Logger;
}

/** A service that is wired and initialised, and listens once `listen` was called. */
export interface Service {
  app: NestFastifyApplication;
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
  endpoints: readonly CollectedEndpoint[];
  /** Answers the address it listens on. */
  listen(): Promise<string>;
  /** The whole shutdown, within 20 s; may be called again. */
  stop(): Promise<void>;
}

interface Parts {
  log: Logger;
  lifecycle: Lifecycle;
  metrics: Metrics;
  routes: RouteTable;
  document: OpenApiDocument;
  readiness: Readiness;
  lag: LoopLag;
  /** Filled when the application exists. */
  late: { app?: INestApplicationContext; board?: ProbeBoard };
}

function createParts({ name, config, log: given, readyExtras }: ServiceOptions): Parts {
  const log = given ?? createLogger({ service: name, level: config.service.logLevel });
  const lifecycle = new Lifecycle(log, config.service.drainDelayMs, { intake: 2_000, work: config.service.drainWorkMs, connections: 3_000 });
  const lag = new LoopLag();
  const late: Parts['late'] = {};
  const readiness = new Readiness({
    identity: { service: name, version: serviceVersion(), env: config.service.env },
    lifecycle,
    lag,
    board: () => late.board,
    extras: () => (late.app && readyExtras ? readyExtras(late.app) : {}),
  });
  return { log, lifecycle, lag, late, readiness, metrics: new Metrics(name), routes: new RouteTable(), document: new OpenApiDocument() };
}

/** Every part of the configuration can be injected by its class. */
function configProviders(config: object): Provider[] {
  const type = config.constructor as Type<object>;
  const parts = partsOf(type).map((part) => ({ provide: part.type, useValue: Reflect.get(config, part.property) }));
  return [{ provide: type, useValue: config }, ...parts];
}

function providersOf(config: object, parts: Parts): Provider[] {
  return [
    ...configProviders(config),
    { provide: LOGGER, useValue: parts.log },
    { provide: Lifecycle, useValue: parts.lifecycle },
    { provide: Metrics, useValue: parts.metrics },
    { provide: Readiness, useValue: parts.readiness },
    { provide: OpenApiDocument, useValue: parts.document },
  ];
}

async function createApp(options: ServiceOptions, parts: Parts): Promise<NestFastifyApplication> {
  const adapter = createAdapter(options.config);
  addRequestHooks(adapter.getInstance(), { ...parts, metrics: parts.metrics.http });
  options.pages?.(adapter.getInstance());
  const controllers: Type[] = [...(options.config.service.isLocal ? [MetricsController] : []), ...(options.openApi ? [OpenApiController] : [])];
  const root = shellAround(options.module, providersOf(options.config, parts), controllers);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: new NestLogger(parts.log), bodyParser: false, abortOnError: false });
  app.useGlobalFilters(new ProblemFilter(parts.log, parts.routes));
  return app;
}

function describe(options: ServiceOptions, parts: Parts, endpoints: readonly CollectedEndpoint[]): void {
  if (options.openApi) parts.document.value = buildOpenApi(endpoints, { ...options.openApi, version: serviceVersion() });
}

function registerShutdown(app: NestFastifyApplication, parts: Parts): void {
  const sockets = new OpenSockets(app.getHttpServer());
  parts.lifecycle.onDrain('work', 'http requests', () => sockets.finish());
  parts.lifecycle.onDrain('connections', 'application', async () => {
    parts.lag.stop();
    sockets.destroyAll();
    await app.close();
  });
  parts.lifecycle.onDrain('connections', 'traces', flushTraces);
}

async function listen(app: NestFastifyApplication, options: ServiceOptions, parts: Parts): Promise<string> {
  const { port, host, metricsPort, isLocal } = options.config.service;
  await app.listen(port, host);
  if (!isLocal && metricsPort !== undefined) {
    const server = await startMetricsServer(parts.metrics, { port: metricsPort, host });
    parts.lifecycle.onDrain('connections', 'metrics', () => void server.close().closeAllConnections());
  }
  parts.lifecycle.markServing();
  const url = await app.getUrl();
  parts.log.info({ url }, 'service is ready');
  return url;
}

/** Wires a service: configuration, errors, validation, logs, metrics, probes, shutdown. Throws when a route says too little about itself. */
export async function createService<C extends ShellConfig>(options: ServiceOptions<C>): Promise<Service> {
  const parts = createParts(options);
  const app = await createApp(options, parts);
  useLimits(options.config.limits);
  const endpoints = collectEndpoints(controllersOf(app));
  describe(options, parts, endpoints);
  registerShutdown(app, parts);
  await app.init();
  parts.late.app = app;
  parts.late.board = new ProbeBoard(options.probes?.(app) ?? {}, options.config.probes);
  return {
    app,
    log: parts.log,
    metrics: parts.metrics,
    lifecycle: parts.lifecycle,
    endpoints,
    listen: () => listen(app, options, parts),
    stop: () => parts.lifecycle.drain(),
  };
}
