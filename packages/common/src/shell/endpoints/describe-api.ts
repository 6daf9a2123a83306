import type { Type } from '@nestjs/common';
import { MetricsController } from '../metrics/metrics.controller.js';
import { HealthController } from '../probes/health.controller.js';
import { serviceVersion } from '../service-version.js';
import type { JsonSchema } from '../validation/json-schema.js';
import { collectEndpoints } from './collect-endpoints.js';
import { OpenApiController } from './openapi.controller.js';
import { type ApiInfo, buildOpenApi } from './openapi.js';

/** The OpenAPI document of a service with these controllers, as it serves it locally, without starting anything. */
export function describeApi(controllers: readonly Type[], info: Omit<ApiInfo, 'version'>): JsonSchema {
  const endpoints = collectEndpoints([...new Set([...controllers, HealthController, MetricsController, OpenApiController])]);
  return buildOpenApi(endpoints, { ...info, version: serviceVersion() });
}
