import { CairnError, DependencyError } from '../errors/catalogue.js';

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN']);
// 08 connection, 57P0x shutdown, 25006 read only (a demoted primary)
const BROKEN_STATES = /^(08|57P0|25006)/;
// 53 resources, 40001/40P01 serialisation and deadlock: the statement failed, the connection is well. 53400 is a limit of ours, which the same statement meets again.
const PASSING_STATES = /^(53(?!400)|40001|40P01)/;
const CONNECTION_WORDS =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Query read timeout|not queryable|DataSource is not|Connection ended/i;

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** True where the connection itself is of no more use: its next user would read the late answer of our statement. */
export function isConnectionLoss(error: unknown): boolean {
  const code = codeOf(error);
  return CONNECTION_CODES.has(code) || BROKEN_STATES.test(code) || (error instanceof Error && CONNECTION_WORDS.test(error.message));
}

/** True where Postgres could not be asked, as opposed to having refused what it was asked. */
export function isConnectionFailure(error: unknown): boolean {
  return isConnectionLoss(error) || PASSING_STATES.test(codeOf(error));
}

/** True where another transaction already wrote a row with this unique key. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return codeOf(error) === '23505' && (constraint === undefined || (error as { constraint?: string }).constraint === constraint);
}

/** True where a statement took longer than it was given. */
export function isStatementTimeout(error: unknown): boolean {
  return codeOf(error) === '57014';
}

/** True where a statement would have needed more room on disk than its role is given. */
export function isOutOfRoom(error: unknown): boolean {
  return codeOf(error) === '53400';
}

/** True where somebody else held a lock for longer than the statement was to wait. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === '55P03';
}

/** Says what a database error means for the caller; errors that are not about the connection pass unchanged. */
export function translatePgError(error: unknown): unknown {
  if (error instanceof CairnError || !isConnectionFailure(error)) return error;
  return new DependencyError('pg', 'The database cannot be reached. Try again in a moment.', error);
}

/** The connection broke after the commit was sent: it may or may not have happened. */
export function unknownOutcome(cause?: unknown): CairnError {
  return new CairnError(
    'outcome_unknown',
    'The connection to the database broke while the request was being committed. Send it again with the same Idempotency-Key; it takes effect once.',
    {
      cause,
      retryAfterSeconds: 2,
    },
  );
}
