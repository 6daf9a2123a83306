import { type Attributes, context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** Runs the call in a span of its own. Attributes are counts and names of ours, never ids of tenants, vectors or text. */
export async function traced<Result>(operation: string, attributes: Attributes, work: () => Promise<Result>): Promise<Result> {
  const options = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'qdrant', 'db.operation.name': operation, ...attributes } };
  return trace.getTracer('@cairn/retrieval').startActiveSpan(`qdrant ${operation}`, options, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** The headers that carry the trace on. HTTP/2 calls are not covered by the automatic instrumentation. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
