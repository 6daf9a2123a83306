import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

/** Nest's own messages as lines of our log. Its start-up chatter is debug, not information. */
export class NestLogger implements LoggerService {
  constructor(private readonly log_: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.log_.debug(fieldsOf(rest), String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    if (message instanceof Error) this.log_.error({ ...fieldsOf(rest), err: message }, message.message);
    else this.log_.error(fieldsOf(rest), String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.log_.warn(fieldsOf(rest), String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.log_.debug(fieldsOf(rest), String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.log_.trace(fieldsOf(rest), String(message));
  }
}

/** Nest passes the context last and, for errors, a stack before it. */
function fieldsOf(rest: unknown[]): { context?: string; stack?: string } {
  const texts = rest.filter((item): item is string => typeof item === 'string');
  const context = texts.at(-1);
  const stack = texts.length > 1 ? texts[0] : undefined;
  return { ...(context ? { context } : {}), ...(stack ? { stack } : {}) };
}
