import { availableParallelism } from 'node:os';
import type { EmbedTexts } from '../chunk/chunk.js';
import { chunkingOptions } from '../chunk/registry.js';
import type { Extracted } from '../extract/extract.js';
import type { ChunkWork, ExtractWork, PreviewWork, TextPreview } from './chunking-messages.js';
import { type ChunkingLimits, ChunkingThread, ThreadLost } from './chunking-thread.js';
import type { PreparedChunk } from './prepared-chunk.js';

export interface ChunkingPoolOptions extends Partial<ChunkingLimits> {
  /** How many; as many as there are processors but one, from two to four, unless given. Each begins when it is needed. */
  threads?: number;
}

export interface ChunkingCall {
  /** Asked by the semantic strategy only. */
  embed?: EmbedTexts | undefined;
  signal: AbortSignal;
}

export type TextToChunk = Omit<ChunkWork, 'skip'>;

// A slice takes tens of milliseconds; the first of the semantic strategy reads the whole text, at most 20 million characters.
const LIMITS: ChunkingLimits = { stepSeconds: 60, memoryMb: 1_024 };
const FEWEST_THREADS = 2;
const MOST_THREADS = 4;
const MOST_TRIES = 3;

/**
 * Threads that cut texts into chunks and these into what is embedded, so that no text keeps the process from everything else. A text belongs to
 * one thread, which works on all of its texts by turns. One that takes too long, or too much memory, ends its thread and is refused; the others are begun
 * anew where they were.
 */
export class ChunkingPool {
  private readonly threads = new Set<ChunkingThread>();
  private readonly size: number;
  private readonly limits: ChunkingLimits;
  private texts = 0;
  private stopped = false;

  constructor({ threads, ...limits }: ChunkingPoolOptions = {}) {
    this.size = threads ?? Math.min(MOST_THREADS, Math.max(FEWEST_THREADS, availableParallelism() - 1));
    this.limits = { ...LIMITS, ...limits };
  }

  /** The chunks of a text in slices, each made while the one before it is used; no more of them are in memory. A PermanentJobError says why there are none. */
  async *chunks(text: TextToChunk, call: ChunkingCall): AsyncGenerator<PreparedChunk[]> {
    let given = 0;
    for (let tries = 1; ; tries++) {
      try {
        for await (const { chunks } of this.freest().slices({ ...text, skip: given }, this.asking(call))) {
          given += chunks.length;
          if (chunks.length > 0) yield chunks;
        }
        return;
      } catch (error) {
        if (this.stopped || !(error instanceof ThreadLost) || tries === MOST_TRIES) throw error;
      }
    }
  }

  /** What plans make of a text; a CairnError names each option that is wrong. For texts that a person looks at: all chunks are made at once. */
  async preview(work: PreviewWork, call: ChunkingCall): Promise<TextPreview> {
    for (const plan of work.plans) chunkingOptions(plan);
    return await this.freest().preview(work, this.asking(call));
  }

  /** What a text is about, and the entities that stand in it. */
  async extract(work: ExtractWork, call: Pick<ChunkingCall, 'signal'>): Promise<Extracted> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.freest().extract(work, this.asking(call));
      } catch (error) {
        if (this.stopped || !(error instanceof ThreadLost) || tries === MOST_TRIES) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(Array.from(this.threads, (thread) => thread.end(new Error('The service ends'))));
  }

  private asking(call: ChunkingCall) {
    return { ...call, id: ++this.texts };
  }

  /** One that waits for nothing, or a new one, or the one with the fewest texts. */
  private freest(): ChunkingThread {
    if (this.stopped) throw new Error('The threads that cut texts are stopped');
    const [best] = Array.from(this.threads).sort((a, b) => Number(a.isBusy) - Number(b.isBusy) || a.texts - b.texts);
    if (best !== undefined && (best.texts === 0 || this.threads.size === this.size)) return best;
    const thread: ChunkingThread = new ChunkingThread(this.limits, () => this.threads.delete(thread));
    this.threads.add(thread);
    return thread;
  }
}
