import { DependencyError } from '@cairn/common/contracts';
import type { NearestQuery, PointsTransport, ScoredPoint, UpsertBatch } from '../points-transport.js';
import { type CallContext, errorOfFailure, errorOfRefusal, failedOutcome, isWorthRetrying, type Refusal } from '../qdrant-errors.js';
import type { QdrantCall, QdrantOptions } from '../qdrant-options.js';
import { FRAME_HEADER_BYTES, GrpcChannel, GrpcStatusError } from './grpc-channel.js';
import { decodeScoredPoints, encodeQuery } from './query-message.js';
import { encodeUpsert, isCompleted } from './upsert-message.js';

// Names of the gRPC codes that Qdrant uses for a fault of ours; every other code is one of its own and may pass.
const REFUSED: Record<number, string> = { 3: 'INVALID_ARGUMENT', 6: 'ALREADY_EXISTS', 9: 'FAILED_PRECONDITION', 11: 'OUT_OF_RANGE', 12: 'UNIMPLEMENTED' };
const NOT_FOUND = 5;

interface GrpcCall extends CallContext {
  path: string;
  frame: Buffer;
}

/** The hot calls as hand-encoded gRPC: vectors go as packed bytes, never as decimal text. */
export class GrpcPoints implements PointsTransport {
  private readonly channel: GrpcChannel;
  private readonly observe: ((call: QdrantCall) => void) | undefined;

  constructor(grpcUrl: string, options: QdrantOptions) {
    this.channel = new GrpcChannel(grpcUrl, options.apiKey ? { 'api-key': options.apiKey } : {});
    this.observe = options.observe;
  }

  async upsert({ space, collection, points, timeoutMs }: UpsertBatch): Promise<void> {
    const frame = encodeUpsert(collection, points, FRAME_HEADER_BYTES);
    const answer = await this.call({ operation: 'upsert', path: '/qdrant.Points/Upsert', space, timeoutMs, frame });
    if (!isCompleted(answer)) throw new DependencyError('qdrant', 'Qdrant took the points but has not applied them');
  }

  async nearest(query: NearestQuery): Promise<ScoredPoint[]> {
    const frame = encodeQuery(query, FRAME_HEADER_BYTES);
    const { space, timeoutMs, signal } = query;
    return decodeScoredPoints(await this.call({ operation: 'search', path: '/qdrant.Points/Query', space, timeoutMs, signal, frame }));
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  private async call(call: GrpcCall): Promise<Buffer> {
    for (let triesLeft = 1; ; triesLeft -= 1) {
      const started = performance.now();
      try {
        const answer = await this.channel.unary(call);
        this.report(call, 'ok', started);
        return answer;
      } catch (cause) {
        const error = cause instanceof GrpcStatusError ? errorOfRefusal(refusalOf(cause), call) : errorOfFailure(cause, call);
        this.report(call, failedOutcome(error, call), started);
        if (triesLeft <= 0 || !isWorthRetrying(error, call)) throw error;
      }
    }
  }

  private report(call: GrpcCall, outcome: QdrantCall['outcome'], started: number): void {
    this.observe?.({ operation: call.operation, outcome, ms: performance.now() - started });
  }
}

function refusalOf(error: GrpcStatusError): Refusal {
  const kind = error.status === NOT_FOUND ? 'not_found' : error.status in REFUSED ? 'refused' : 'unavailable';
  return { kind, code: `grpc ${REFUSED[error.status] ?? error.status}`, message: error.message };
}
