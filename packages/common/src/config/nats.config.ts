import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Env } from './env.decorator.js';
import { IsServiceUrl } from './is-service-url.decorator.js';

export class NatsConfig {
  @Env('NATS_URL', { doc: 'NATS server with JetStream; several are separated by commas.', secret: true, example: 'nats://127.0.0.1:4222' })
  @IsServiceUrl(['nats', 'tls'], { each: true })
  urls!: string[];

  @Env('NATS_STREAM_REPLICAS', { doc: 'Copies of each stream: 1 on one server, 3 on a cluster of three.' })
  @IsInt()
  @Min(1)
  @Max(5)
  replicas: number = 1;

  @Env('NATS_CREDENTIALS', { doc: 'Content of a NATS .creds file, when the server asks for one.', secret: true })
  @IsOptional()
  credentials?: string;
}
