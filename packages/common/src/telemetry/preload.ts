// Loaded by `node --import` before a service's first module, because instrumentation must see modules as they load.
// Without OTEL_EXPORTER_OTLP_ENDPOINT nothing of OpenTelemetry's SDK is loaded at all.
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Wrapping every module slows the start and trips over unusual exports: only what is instrumented passes the hook.
const INSTRUMENTED = ['http', 'node:http', 'https', 'node:https', 'pg', 'pg-pool', 'undici'];

// Threads inherit the preload. They compute and have nothing to trace: each would take a second longer to begin.
if (process.env.OTEL_EXPORTER_OTLP_ENDPOINT && isMainThread) {
  register('@opentelemetry/instrumentation/hook.mjs', import.meta.url, { data: { include: INSTRUMENTED } });
  const { startTracing } = await import('./start-tracing.js');
  startTracing(process.env);
}
