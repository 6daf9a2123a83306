import { IsOptional, IsString } from 'class-validator';
import { Env } from './env.decorator.js';
import { IsServiceUrl } from './is-service-url.decorator.js';

export class QdrantConfig {
  @Env('QDRANT_URL', { doc: 'Qdrant over HTTP.', example: 'http://127.0.0.1:6333' })
  @IsServiceUrl(['http', 'https'])
  url!: string;

  @Env('QDRANT_GRPC_URL', { doc: 'Qdrant over gRPC, when it is reachable.', example: 'http://127.0.0.1:6334' })
  @IsOptional()
  @IsServiceUrl(['http', 'https', 'grpc', 'grpcs'])
  grpcUrl?: string;

  @Env('QDRANT_API_KEY', { doc: 'API key of Qdrant.', secret: true })
  @IsOptional()
  @IsString()
  apiKey?: string;
}
