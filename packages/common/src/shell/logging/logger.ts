/** What code needs to log: fields first, then a constant sentence in the past tense. A pino logger is one. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
