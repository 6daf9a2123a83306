import { DependencyError } from '@cairn/common/contracts';
import { EmbedCall, type Embedding } from './embed-call.js';
import type { Lane } from './lane.js';
import type { Row } from './row.js';

/** The calls of one runtime: each ends with its answer, with its signal, or with the runtime. */
export class LiveCalls {
  private readonly live = new Set<EmbedCall>();
  private stopped = false;

  assertRunning(): void {
    if (this.stopped) throw new DependencyError('model', 'The embedding runtime has stopped');
  }

  /** What the model makes of each row, in order. What has not begun when the signal comes is never computed. */
  async make(lane: Lane, encodings: Row[], signal: AbortSignal | undefined): Promise<Embedding[]> {
    signal?.throwIfAborted();
    this.assertRunning();
    if (encodings.length === 0) return [];
    const call = new EmbedCall(encodings);
    const abort = () => {
      lane.remove(call);
      call.fail(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.follow(call, () => lane.add(call));
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** The same in one run, in this order, the longest row making all others padded: to try whether that changes them. */
  makeTogether(lane: Lane, encodings: Row[]): Promise<Embedding[]> {
    return this.follow(new EmbedCall(encodings), (call) => lane.addTogether(call));
  }

  /** Rejects what is still asked for, and whatever comes. */
  stop(): void {
    this.stopped = true;
    for (const call of this.live) call.fail(new DependencyError('model', 'The embedding runtime is stopping'));
  }

  private async follow(call: EmbedCall, send: (call: EmbedCall) => void): Promise<Embedding[]> {
    this.live.add(call);
    send(call);
    try {
      return await call.done;
    } finally {
      this.live.delete(call);
    }
  }
}
