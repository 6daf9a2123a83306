import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

// Without the SDK every call below is a no-op of the API package: a few property reads.
const tracer = () => trace.getTracer('cairn');

/** Ids, counts and names only. Never the text of a document, a query, a token. */
export type SpanAttributes = Record<string, string | number | boolean>;

async function record<T>(span: Span, action: (span: Span) => Promise<T> | T): Promise<T> {
  try {
    return await action(span);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'error' });
    throw error;
  } finally {
    span.end();
  }
}

/** Runs `action` inside a span. An error marks the span with its name only: messages may hold what users wrote. */
export function withSpan<T>(name: string, attributes: SpanAttributes, action: (span: Span) => Promise<T> | T): Promise<T> {
  return tracer().startActiveSpan(name, { attributes, kind: SpanKind.INTERNAL }, (span) => record(span, action));
}

/** The W3C `traceparent` of the running span, to be stored in an outbox row or sent in a header; undefined when tracing is off. */
export function currentTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** Runs `action` as a continuation of the trace that `traceparent` names; with none, as it is. */
export function withRemoteParent<T>(traceparent: string | null | undefined, action: () => T): T {
  if (!traceparent) return action();
  return context.with(propagation.extract(context.active(), { traceparent }), action);
}

/** For log lines: the id of the running trace, when there is one. */
export function traceFields(): { traceId?: string } {
  const span = trace.getActiveSpan();
  return span ? { traceId: span.spanContext().traceId } : {};
}
