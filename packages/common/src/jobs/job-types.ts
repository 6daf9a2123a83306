// Counted from the accepted request, so it has to cover the longest backlog that is still worth working off.
const DAY = 24 * 3_600;

/** Every kind of job: what rings it, and how patient we are with it. The worker must have a handler for each. */
export const JOB_DEFINITIONS = {
  mock_process: { lane: 'interactive', deadlineSeconds: DAY },
  mock_embedding: { lane: 'interactive', deadlineSeconds: DAY },
  embed_text: { lane: 'interactive', deadlineSeconds: DAY },
  embed_image: { lane: 'interactive', deadlineSeconds: DAY },
  embed_batch: { lane: 'bulk', deadlineSeconds: DAY },
  index_document: { lane: 'bulk', deadlineSeconds: DAY },
  open_index: { lane: 'interactive', deadlineSeconds: DAY },
  scan_source: { lane: 'bulk', deadlineSeconds: DAY },
  remove_source: { lane: 'bulk', deadlineSeconds: DAY },
  finish_reindex: { lane: 'interactive', deadlineSeconds: DAY },
  remove_collection: { lane: 'bulk', deadlineSeconds: DAY },
  repair_collection: { lane: 'bulk', deadlineSeconds: DAY },
  delete_documents: { lane: 'bulk', deadlineSeconds: DAY },
  remove_blobs: { lane: 'bulk', deadlineSeconds: DAY },
} as const satisfies Record<string, { lane: 'interactive' | 'bulk'; deadlineSeconds: number }>;

export type JobType = keyof typeof JOB_DEFINITIONS;
export type Lane = (typeof JOB_DEFINITIONS)[JobType]['lane'];
export const LANES: readonly Lane[] = ['interactive', 'bulk'];

export const TERMINAL_STATES = ['succeeded', 'failed', 'cancelled', 'quarantined'] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];
export type JobState = 'queued' | 'running' | TerminalState;

/** The seeds' words for our states. */
export const WIRE_STATUS = {
  queued: 'pending',
  running: 'processing',
  succeeded: 'completed',
  failed: 'failed',
  quarantined: 'failed',
  cancelled: 'canceled',
} as const satisfies Record<JobState, string>;

export type WireStatus = (typeof WIRE_STATUS)[JobState];
export const WIRE_STATUSES: readonly WireStatus[] = ['pending', 'processing', 'completed', 'failed', 'canceled'];

export function isTerminal(state: JobState): state is TerminalState {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}

/** The states a caller means by one of the wire's words. */
export function statesOf(status: WireStatus): JobState[] {
  return (Object.keys(WIRE_STATUS) as JobState[]).filter((state) => WIRE_STATUS[state] === status);
}

/** Stages of `mock_process`, in their order; a job can be told to fail in one of them. */
export const MOCK_STAGES = ['extracting', 'analyzing', 'indexing'] as const;
export type MockStage = (typeof MOCK_STAGES)[number];
