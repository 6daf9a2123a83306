import { DependencyError } from '@cairn/common/contracts';
import type { PointWriter, UpsertBatch } from '../point-writer.js';
import { type CallContext, errorOfFailure, errorOfRefusal, isWorthRetrying, type Refusal } from '../qdrant-errors.js';
import type { QdrantCall, QdrantOptions } from '../qdrant-options.js';
import { FRAME_HEADER_BYTES, GrpcChannel, GrpcStatusError } from './grpc-channel.js';
import { encodeUpsert, isCompleted } from './upsert-message.js';

const UPSERT_PATH = '/qdrant.Points/Upsert';

// Names of the gRPC codes that Qdrant uses for a fault of ours; every other code is one of its own and may pass.
const REFUSED: Record<number, string> = { 3: 'INVALID_ARGUMENT', 6: 'ALREADY_EXISTS', 9: 'FAILED_PRECONDITION', 11: 'OUT_OF_RANGE', 12: 'UNIMPLEMENTED' };
const NOT_FOUND = 5;

/** Upserts as hand-encoded gRPC: vectors go as packed bytes, about four times the points per second of JSON (performance.md section 1). */
export class GrpcPointWriter implements PointWriter {
  private readonly channel: GrpcChannel;
  private readonly observe: ((call: QdrantCall) => void) | undefined;

  constructor(grpcUrl: string, options: QdrantOptions) {
    this.channel = new GrpcChannel(grpcUrl, options.apiKey ? { 'api-key': options.apiKey } : {});
    this.observe = options.observe;
  }

  async write(batch: UpsertBatch): Promise<void> {
    const call: CallContext = { operation: 'upsert', space: batch.space, timeoutMs: batch.timeoutMs };
    for (let triesLeft = 1; ; triesLeft -= 1) {
      const started = performance.now();
      try {
        await this.tryOnce(batch, call);
        return this.report('ok', started);
      } catch (error) {
        this.report(error instanceof DependencyError ? 'unavailable' : 'refused', started);
        if (triesLeft <= 0 || !isWorthRetrying(error)) throw error;
      }
    }
  }

  close(): Promise<void> {
    return this.channel.close();
  }

  private async tryOnce({ collection, points, timeoutMs }: UpsertBatch, call: CallContext): Promise<void> {
    const frame = encodeUpsert(collection, points, FRAME_HEADER_BYTES);
    const answer = await this.channel.unary({ path: UPSERT_PATH, frame, timeoutMs }).catch((cause) => {
      throw cause instanceof GrpcStatusError ? errorOfRefusal(refusalOf(cause), call) : errorOfFailure(cause, call);
    });
    if (!isCompleted(answer)) throw new DependencyError('qdrant', 'Qdrant took the points but has not applied them');
  }

  private report(outcome: QdrantCall['outcome'], started: number): void {
    this.observe?.({ operation: 'upsert', outcome, ms: performance.now() - started });
  }
}

function refusalOf(error: GrpcStatusError): Refusal {
  const kind = error.status === NOT_FOUND ? 'not_found' : error.status in REFUSED ? 'refused' : 'unavailable';
  return { kind, code: `grpc ${REFUSED[error.status] ?? error.status}`, message: error.message };
}
