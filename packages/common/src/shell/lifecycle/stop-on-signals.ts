import type { Logger } from 'pino';

// Beyond this nothing will come: the phases of the lifecycle have their own limits, which end sooner.
const HARD_LIMIT_MS = 19_500;

interface Stoppable {
  stop(): Promise<void>;
}

function crash(log: Logger, what: string): (err: unknown) => void {
  return (err) => {
    log.fatal({ err }, what);
    process.exit(1);
  };
}

async function stopAndExit(service: Stoppable, log: Logger, signal: string): Promise<void> {
  log.info({ signal }, 'service is stopping');
  setTimeout(() => crash(log, 'shutdown took too long')(new Error('hard limit')), HARD_LIMIT_MS).unref();
  await service.stop();
  log.info({}, 'service stopped');
  process.exit(0);
}

/** SIGTERM and SIGINT stop the service in order and exit 0; an error nobody caught is logged and exits 1, because the state behind it is unknown. */
export function stopOnSignals(service: Stoppable, log: Logger): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stopAndExit(service, log, signal));
  process.on('unhandledRejection', crash(log, 'unhandled rejection'));
  process.on('uncaughtException', crash(log, 'uncaught exception'));
}
