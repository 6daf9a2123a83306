import { randomUUID } from 'node:crypto';

// What a caller may choose: short and harmless in headers, logs and shells.
const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The caller's X-Correlation-ID when it is well-formed, else a new one. */
export function correlationIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && WELL_FORMED.test(header) ? header : randomUUID();
}
