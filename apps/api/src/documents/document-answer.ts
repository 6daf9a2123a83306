import type { AcceptedDocument, ChunkView, DocumentView, LedgerEntry } from '@cairn/common';

/** A document in the words of the wire. */
export function documentAnswer(document: DocumentView) {
  return {
    id: document.id,
    collection_id: document.collectionId,
    source_id: document.sourceId,
    external_id: document.externalId,
    file_name: document.fileName,
    file_path: document.filePath,
    title: document.title,
    mime_type: document.mimeType,
    file_size: document.sizeBytes,
    content_hash: document.contentHash,
    metadata: document.metadata,
    facts: document.facts,
    ...document.extracted,
    status: document.status,
    is_indexed: document.status === 'completed',
    error_message: document.errorMessage,
    error_code: document.errorCode,
    chunk_count: document.chunkCount,
    duplicate_of: document.duplicateOf,
    job_id: document.jobId,
    created_at: document.createdAt,
    updated_at: document.updatedAt,
    indexed_at: document.indexedAt,
  };
}

export function acceptedAnswer({ id, externalId, fileName, status, duplicateOf }: AcceptedDocument) {
  return { id, external_id: externalId, file_name: fileName, status, ...(duplicateOf === null ? {} : { duplicate_of: duplicateOf }) };
}

export function chunkAnswer({ id, index, text, start, end, tokens, page, pageEnd, headingPath, timeStart, timeEnd, metadata }: ChunkView) {
  return {
    id,
    index,
    text,
    start,
    end,
    tokens,
    ...(page === null ? {} : { page }),
    ...(pageEnd === null ? {} : { page_end: pageEnd }),
    ...(headingPath === null ? {} : { heading_path: headingPath }),
    ...(timeStart === null ? {} : { time_start: timeStart, time_end: timeEnd }),
    ...(metadata === null ? {} : { metadata }),
  };
}

export function ledgerAnswer(entry: LedgerEntry) {
  return {
    chunk_index: entry.index,
    chunk_id: entry.chunkId,
    point_id: entry.pointId,
    stored_id: entry.storedId,
    model: entry.model,
    model_ver: entry.modelVer,
    space: entry.space,
    job_id: entry.jobId,
    attempt: entry.attempt,
    worker: entry.worker,
    started_at: entry.startedAt,
    ended_at: entry.endedAt,
  };
}
