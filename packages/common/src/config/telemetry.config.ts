import { IsNumber, IsOptional, Max, Min } from 'class-validator';
import { Env } from './env.decorator.js';
import { IsServiceUrl } from './is-service-url.decorator.js';

/** Read by the preload before anything else; here so that it is validated and documented. */
export class TelemetryConfig {
  @Env('OTEL_EXPORTER_OTLP_ENDPOINT', {
    doc: 'Where traces go, as OTLP over HTTP. Not set: tracing is off and costs nothing.',
    example: 'http://127.0.0.1:4318',
  })
  @IsOptional()
  @IsServiceUrl(['http', 'https'])
  otlpEndpoint?: string;

  @Env('CAIRN_TRACE_RATIO', { doc: 'Share of traces that are kept, from 0 to 1.' })
  @IsNumber()
  @Min(0)
  @Max(1)
  traceRatio: number = 1;
}
