import { IsIn, IsOptional, IsString } from 'class-validator';
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

  @Env('VECTOR_STORAGE', {
    doc: 'How Qdrant keeps vectors: float32, float16 (half the room) or int8 (a quarter of the memory). For spaces that are made from then on.',
  })
  @IsIn(['float32', 'float16', 'int8'])
  storage: 'float32' | 'float16' | 'int8' = 'float32';
}
