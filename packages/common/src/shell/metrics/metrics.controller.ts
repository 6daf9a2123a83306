import { Controller, Header } from '@nestjs/common';
import { Endpoint } from '../endpoints/endpoint.decorator.js';
import { Metrics } from './metrics.js';

/** On the public port locally; elsewhere metrics answer on their own port only. */
@Controller()
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Endpoint('GET /metrics', {
    summary: 'Metrics of this process, for Prometheus.',
    permission: 'public',
    answers: { 200: 'The text format of Prometheus.' },
    tag: 'Health',
  })
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  read(): Promise<string> {
    return this.metrics.text();
  }
}
