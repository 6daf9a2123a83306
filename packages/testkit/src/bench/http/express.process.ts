import 'reflect-metadata';
import { Body, Controller, HttpCode, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { runAsChild } from '../core/child-process.js';
import { PipedMessageDto } from './message.dto.js';

@Controller()
class MessageController {
  @Post('messages')
  @HttpCode(200)
  take(@Body() message: PipedMessageDto): { ok: true; segments: number } {
    return { ok: true, segments: message.segments.length };
  }
}

@Module({ controllers: [MessageController] })
class BenchModule {}

/** Nest as its documentation begins: Express and the ValidationPipe over class-validator. No logs, no metrics. */
runAsChild<object>(async () => {
  const app = await NestFactory.create(BenchModule, new ExpressAdapter(), { logger: false });
  app.useGlobalPipes(new ValidationPipe({ transform: true }));
  await app.listen(0, '127.0.0.1');
  const { port } = new URL(await app.getUrl());
  return { answers: { port: () => ({ kind: 'port', port: Number(port) }) }, stop: () => app.close() };
});
