// The echo service as a process of its own, for tests of signals, crashes and traces.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Module, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { loadConfigOrExit } from '../../config/load-config.js';
import { withSpan } from '../../telemetry/trace-context.js';
import { bootstrapService } from '../bootstrap-service.js';
import { Endpoint } from '../endpoints/endpoint.decorator.js';
import { TextFromPath } from '../endpoints/from-request.decorators.js';
import { EchoConfig, EchoModule } from './echo.fixture.js';

@Controller()
class SlowController {
  @Endpoint('GET /slow/{ms}', { summary: 'Takes its time.', permission: 'public', answers: { 200: { type: 'object' } } })
  async slow(@TextFromPath('ms', 'Milliseconds.') ms: string): Promise<object> {
    await withSpan('sleep', { ms: Number(ms) }, () => sleep(Number(ms)));
    return { slept: ms };
  }

  @Endpoint('GET /stream', { summary: 'Never ends.', permission: 'public', answers: { 200: { type: 'string' } }, stream: 'sse' })
  stream(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
    reply.raw.write('data: open\n\n');
  }

  @Endpoint('POST /crash/{how}', { summary: 'Breaks outside of the request.', permission: 'public', answers: { 200: { type: 'object' } } })
  crash(@TextFromPath('how', 'rejection or exception.') how: string): object {
    if (how === 'rejection') void Promise.reject(new Error('nobody caught this'));
    else setImmediate(() => failLoudly());
    return {};
  }
}

function failLoudly(): never {
  throw new Error('nobody caught that');
}

@Module({ imports: [EchoModule], controllers: [SlowController] })
class SlowModule {}

const service = await bootstrapService({ name: 'echo', module: SlowModule, config: loadConfigOrExit(EchoConfig) });
service.app
  .getHttpServer()
  .on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'));
for (const phase of ['connections', 'work', 'intake'] as const) service.lifecycle.onDrain(phase, phase, () => service.log.info({ phase }, 'phase ran'));
