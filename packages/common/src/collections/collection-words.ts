// The words of collections, documents and operations, as the wire and the tables have them.

export const COLLECTION_TYPES = ['documents', 'webpages', 'mixed'] as const;
export type CollectionType = (typeof COLLECTION_TYPES)[number];

export const QUANTIZATIONS = ['float32', 'float16', 'int8'] as const;
export type Quantization = (typeof QUANTIZATIONS)[number];

export const SHARE_ROLES = ['read', 'write', 'admin'] as const;
export type ShareRole = (typeof SHARE_ROLES)[number];

/** `processing` is not stored: it is a pending one whose job runs. */
export type DocumentStatus = 'pending' | 'completed' | 'failed';
export const DOCUMENT_STATUSES = ['pending', 'processing', 'completed', 'failed'] as const;

export const OPERATION_TYPES = ['index', 'append', 'reindex', 'rollback', 'repair', 'remove_source', 'delete_documents', 'delete'] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

export const OPERATION_STATES = ['pending', 'processing', 'completed', 'failed', 'cancelled'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

export const COLLECTION_STATUSES = ['pending', 'ready', 'processing', 'error', 'degraded'] as const;
export type CollectionStatus = (typeof COLLECTION_STATUSES)[number];
