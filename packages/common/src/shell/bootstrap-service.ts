import { createService, type Service, type ServiceOptions, type ShellConfig } from './create-service.js';
import { stopOnSignals } from './lifecycle/stop-on-signals.js';
import { createLogger } from './logging/create-logger.js';

/** What a service's `main.ts` calls: wires it, listens, and ends the process in order on SIGTERM, SIGINT or an error nobody caught. */
export async function bootstrapService<C extends ShellConfig>(options: ServiceOptions<C>): Promise<Service> {
  const log = options.log ?? createLogger({ service: options.name, level: options.config.service.logLevel });
  try {
    const service = await createService({ ...options, log });
    stopOnSignals(service, log);
    await service.listen();
    return service;
  } catch (err) {
    log.fatal({ err }, 'service could not start');
    process.exit(1);
  }
}
