import { CairnError, isOutOfRoom, isStatementTimeout } from '@cairn/common';
import { placeOf, SqlError } from '@cairn/retrieval/sql';

/** What a caller is told whose statement cannot be answered. */
export function problemOf(error: unknown, text: string): unknown {
  if (error instanceof SqlError) {
    const { code, message, span, hint, suggestion, expected } = error;
    const place = { ...(span && placeOf(text, span)), ...(hint && { hint }), ...(suggestion && { suggestion }), ...(expected && { expected }) };
    return new CairnError(code, message, { place });
  }
  const advice = 'Narrow it by a condition on fewer collections or rows, or ask for fewer at once.';
  if (isStatementTimeout(error)) return new CairnError('E_EXEC_TIMEOUT', `The statement took longer than it was given. ${advice}`, { cause: error });
  if (isOutOfRoom(error)) return new CairnError('E_LIMIT', `The statement needs more room to sort its rows than it is given. ${advice}`, { cause: error });
  return error;
}
