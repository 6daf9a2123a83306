import { type DestinationStream, type Logger, pino } from 'pino';
import { traceFields } from '../../telemetry/trace-context.js';
import { currentContext } from '../http/request-context.js';
import { hideSecretFields, hideSecretsInText } from './redact.js';
import { serializeError } from './serialize-error.js';

export interface LoggerOptions {
  service: string;
  level: string;
  /** Where lines go; stdout when absent. */
  destination?: DestinationStream;
}

/** JSON lines on stdout: fields first, constant text; each line carries the correlation id and trace of the request it belongs to. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => ({ ...currentContext(), ...traceFields() }),
    serializers: { err: serializeError, error: serializeError },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => hideSecretFields(fields) as Record<string, unknown>,
    },
    hooks: { streamWrite: hideSecretsInText },
  };
  return destination ? pino(options, destination) : pino(options);
}
