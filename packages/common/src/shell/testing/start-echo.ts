import type { INestApplicationContext } from '@nestjs/common';
import { loadConfig } from '../../config/load-config.js';
import type { Environ } from '../../config/read-variable.js';
import { createService, type Service, type ServiceOptions } from '../create-service.js';
import { createLogger } from '../logging/create-logger.js';
import type { ProbeActions } from '../probes/probe-board.js';
import { EchoConfig, EchoModule } from './echo.fixture.js';

export interface EchoOptions {
  env?: Environ;
  probes?: ProbeActions;
  module?: ServiceOptions['module'];
  readyExtras?: (app: INestApplicationContext) => Record<string, unknown>;
}

export interface EchoService {
  service: Service;
  url: string;
  /** What was logged so far, as objects. */
  lines: () => Record<string, unknown>[];
}

/** The echo service on a free port, with its log in memory. */
export async function startEcho({ env = {}, probes = {}, module = EchoModule, readyExtras }: EchoOptions = {}): Promise<EchoService> {
  const written: string[] = [];
  const log = createLogger({ service: 'echo', level: 'debug', destination: { write: (line) => void written.push(line) } });
  const config = loadConfig(EchoConfig, { CAIRN_ENV: 'test', PORT: '0', ...env });
  const service = await createService({
    name: 'echo',
    module,
    config,
    log,
    probes: () => probes,
    openApi: { title: 'Echo' },
    ...(readyExtras ? { readyExtras } : {}),
  });
  const url = await service.listen();
  return { service, url, lines: () => written.map((line) => JSON.parse(line)) };
}
