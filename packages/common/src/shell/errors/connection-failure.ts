import type { Dependency } from '../../errors/catalogue.js';

// Node and undici: the other side could not be reached or went away.
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
// Postgres: connection exceptions, too many connections, shutting down, read-only after a failover, statement timeout, deadlock, serialization.
const SQL_STATE = /^(08...|53[0-3]00|57P0[1-4]|57014|25006|40001|40P01)$/;
// pg has no codes for these.
const PG_MESSAGE = /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;
const NATS_NAMES = new Set([
  'ConnectionError',
  'ClosedConnectionError',
  'DrainingConnectionError',
  'NoRespondersError',
  'RequestError',
  'TimeoutError',
  'UserAuthenticationExpiredError',
]);

interface Failure {
  code?: unknown;
  name?: unknown;
  message?: unknown;
  cause?: unknown;
  driverError?: unknown;
  errors?: unknown;
}

function dependencyOf(failure: Failure): Dependency | 'unknown' | undefined {
  const code = typeof failure.code === 'string' ? failure.code : '';
  if (SQL_STATE.test(code)) return 'pg';
  if (typeof failure.message === 'string' && PG_MESSAGE.test(failure.message)) return 'pg';
  if (typeof failure.name === 'string' && NATS_NAMES.has(failure.name)) return 'nats';
  return SOCKET_CODES.has(code) ? 'unknown' : undefined;
}

function innerOf(failure: Failure): unknown[] {
  return [failure.driverError, failure.cause, ...(Array.isArray(failure.errors) ? failure.errors.slice(0, 1) : [])];
}

/** Which dependency could not be reached, when the error or one of its causes says so; undefined for every other error. */
export function connectionFailureOf(error: unknown, depth = 0): Dependency | 'unknown' | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const own = dependencyOf(error as Failure);
  if (own) return own;
  for (const inner of innerOf(error as Failure)) {
    const found = connectionFailureOf(inner, depth + 1);
    if (found) return found;
  }
  return undefined;
}
