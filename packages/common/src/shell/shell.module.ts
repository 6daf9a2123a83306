import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { HealthController } from './probes/health.controller.js';

@Module({})
class ShellModule {}

/** The module a service runs as: its own module, plus what the shell provides to all of it. */
export function shellAround(module: Type | DynamicModule, providers: Provider[], controllers: Type[]): DynamicModule {
  const tokens = providers.map((provider) => (provider as { provide: Type }).provide);
  return { module: ShellModule, global: true, imports: [module], providers, exports: tokens, controllers: [HealthController, ...controllers] };
}
