import { afterEach, expect, test } from '@jest/globals';
import { type Context, context, propagation, type TextMapSetter, trace } from '@opentelemetry/api';
import { traced, traceHeaders } from './traced.js';

afterEach(() => {
  propagation.disable();
  trace.disable();
  context.disable();
});

test('without tracing the result and the error pass through', async () => {
  expect(await traced('search', {}, async () => 7)).toBe(7);
  await expect(traced('search', {}, async () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(traceHeaders()).toEqual({});
});

test('the trace goes on in the headers of a call', () => {
  propagation.setGlobalPropagator({
    inject: (_: Context, carrier: unknown, setter: TextMapSetter) => setter.set(carrier, 'traceparent', '00-1-2-01'),
    extract: (into: Context) => into,
    fields: () => ['traceparent'],
  });
  expect(traceHeaders()).toEqual({ traceparent: '00-1-2-01' });
});
