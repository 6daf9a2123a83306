import type { IncomingMessage } from 'node:http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK, tracing } from '@opentelemetry/sdk-node';
import type { Environ } from '../config/read-variable.js';
import { onFlush } from './flush-traces.js';

const PROBES = /^\/(?:api\/health\/)?(?:healthz|readyz|metrics)(?:\?|$)/;

/** Probes come every few seconds and would bury the rest. */
const isProbe = (request: IncomingMessage) => PROBES.test(request.url ?? '');

function ratioOf(env: Environ): number {
  const ratio = Number(env.CAIRN_TRACE_RATIO ?? 1);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}

function instrumentations() {
  return [
    // Query strings carry tokens (WebSocket) and search words: they stay out.
    new HttpInstrumentation({
      ignoreIncomingRequestHook: isProbe,
      startIncomingSpanHook: () => ({ 'url.query': undefined }),
      requireParentforOutgoingSpans: true,
      redactedQueryParams: ['token'],
    }),
    // Statements appear with placeholders, parameters never.
    new PgInstrumentation({ requireParentSpan: true, enhancedDatabaseReporting: false }),
    new UndiciInstrumentation({
      requireParentforSpans: true,
      startSpanHook: (request) => ({ 'url.full': `${request.origin}${request.path.split('?', 1)[0]}`, 'url.query': undefined }),
    }),
  ];
}

/** Starts OpenTelemetry with http, pg and undici spans to the OTLP endpoint of the environment. */
export function startTracing(env: Environ): void {
  const sdk = new NodeSDK({
    serviceName: env.CAIRN_SERVICE ?? 'cairn',
    // Detectors would add command lines, which may hold secrets.
    autoDetectResources: false,
    traceExporter: new OTLPTraceExporter(),
    metricReaders: [],
    logRecordProcessors: [],
    sampler: new tracing.ParentBasedSampler({ root: new tracing.TraceIdRatioBasedSampler(ratioOf(env)) }),
    instrumentations: instrumentations(),
  });
  sdk.start();
  onFlush(() => sdk.shutdown());
}
