/** Why a document failed that may go well the next time: all other reasons lie in the document, in its settings, or with who cancelled it. */
export const PASSING_FAILURES = ['error', 'dependency', 'deadline_exceeded'];

/** Why it failed that may go well when the same is sent again: these, and what somebody may have put right since. */
export const FAILURES_TRIED_AGAIN = [...PASSING_FAILURES, 'poison', 'cancelled', 'content_gone', 'model_not_installed'];
