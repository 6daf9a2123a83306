interface LoggedError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggedError;
}

const MESSAGE_LIMIT = 1_000;
const STACK_LIMIT = 4_000;

/**
 * An error for the log: name, message, code, stack and causes, nothing else.
 * Drivers hang parameters, rows and request bodies on their errors, which hold the text of documents.
 */
export function serializeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, MESSAGE_LIMIT) };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: error.message.slice(0, MESSAGE_LIMIT),
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack ? { stack: error.stack.slice(0, STACK_LIMIT) } : {}),
    ...(error.cause !== undefined && depth < 4 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}
