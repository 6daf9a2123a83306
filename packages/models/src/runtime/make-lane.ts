import { Lane, type RunReport } from './lane.js';
import type { Provider } from './provider.js';
import type { RunnableModel } from './towers.js';

// Larger runs are no faster, only later.
export const TOKENS_PER_RUN = 1_024;
const DEADLINE_MS = 30_000;
const START_DEADLINE_MS = 60_000;
// Data files have gigabytes, which slow disks give at 50 MB a second.
const DATA_BYTES_PER_MS = 50_000;
const THREAD_ENTRY = new URL('./session.worker.js', import.meta.url);

/** How a model is run; all but the model has a default. */
export interface RuntimeOptions<M extends RunnableModel> {
  model: M;
  /** Threads of the session for documents, and of a reranker's; all processors when absent. */
  threads?: number;
  /** Sessions for queries, of one thread each; one when absent. A reranker has one session. */
  querySessions?: number;
  /** Where the model computes; the processor when absent. */
  provider?: Provider;
  /** Nothing is computed from this time on; see `ThreadSettings`. */
  sureUntil?: BigInt64Array | undefined;
  /** A session that has work and gives no answer for so long is started anew. */
  deadlineMs?: number;
  startDeadlineMs?: number;
  /** Is told of every run. */
  onRun?: ((run: RunReport) => void) | undefined;
  /** For fault tests: another file for the inference threads. */
  threadEntry?: URL;
}

interface LaneShape {
  name: RunReport['lane'];
  sessions: number;
  runsPerSession: number;
  /** Of each session. */
  threads: number;
  /** In one run. */
  texts: number;
}

function startDeadlineOf({ files: { data = [] } }: RunnableModel): number {
  return START_DEADLINE_MS + data.reduce((sum, { size }) => sum + size, 0) / DATA_BYTES_PER_MS;
}

/** A lane of sessions of the model. */
export function makeLane(options: RuntimeOptions<RunnableModel>, { name, sessions, runsPerSession, threads, texts }: LaneShape): Lane {
  const { model, provider = 'cpu', deadlineMs = DEADLINE_MS, startDeadlineMs = startDeadlineOf(model), threadEntry: entry = THREAD_ENTRY, onRun } = options;
  const { sureUntil } = options;
  return new Lane({
    sessions,
    runsPerSession,
    limits: { tokens: TOKENS_PER_RUN, texts },
    thread: { entry, settings: { model, threads, provider, isInBackground: name !== 'queries', sureUntil }, deadlineMs, startDeadlineMs },
    onRun: onRun && ((run) => onRun({ model: model.id, lane: name, ...run })),
  });
}
