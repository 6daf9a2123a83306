import type { OperationEventView, OperationView } from '@cairn/common';

/** An operation in the words of the wire. */
export function operationAnswer(operation: OperationView) {
  return {
    id: operation.id,
    uuid: operation.id,
    task_id: operation.id,
    collection_id: operation.collectionId,
    type: operation.type,
    status: operation.state,
    config: operation.config,
    error_message: operation.error,
    progress: progressOf(operation),
    result: operation.result,
    created_at: operation.createdAt,
    started_at: operation.startedAt,
    completed_at: operation.completedAt,
  };
}

function progressOf({ percentage, done, total, failed }: OperationView) {
  return { percentage, processed: done, total, failed };
}

/** What happened to an operation, as a message. */
export function operationMessage({ seq, at, type, percentage, data }: OperationEventView) {
  return { id: seq, timestamp: at, type, percentage, data };
}
