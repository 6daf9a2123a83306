import type { CollectionView, ListedIndex, SourceView } from '@cairn/common';

/** A collection in the words of the wire. */
export function collectionAnswer(view: CollectionView) {
  const { index } = view;
  return {
    id: view.id,
    name: view.name,
    description: view.description,
    type: view.type,
    owner_id: view.ownerId,
    your_role: view.role,
    status: view.status,
    vector_store_name: index.storeName,
    embedding_model: index.model,
    quantization: index.quantization,
    chunk_size: index.chunkSize,
    chunk_overlap: index.chunkOverlap,
    chunking_strategy: index.chunkingStrategy,
    chunking_config: index.chunkingConfig,
    embed_context: index.embedContext,
    extract_metadata: index.extractMetadata,
    is_public: view.isPublic,
    auto_maintenance: view.autoMaintenance,
    metadata: view.metadata,
    document_count: view.documentCount,
    failed_count: view.failedCount,
    total_chunks: view.totalChunks,
    vector_count: view.totalChunks,
    total_size_bytes: view.totalSizeBytes,
    created_at: view.createdAt,
    updated_at: view.updatedAt,
  };
}

/** One way in which its documents were cut and embedded. */
export function indexAnswer(index: ListedIndex) {
  return {
    id: index.id,
    number: index.number,
    state: index.state,
    embedding_model: index.model,
    quantization: index.quantization,
    chunk_size: index.chunkSize,
    chunk_overlap: index.chunkOverlap,
    chunking_strategy: index.chunkingStrategy,
    chunking_config: index.chunkingConfig,
    embed_context: index.embedContext,
    extract_metadata: index.extractMetadata,
    document_count: index.documentCount,
    chunk_count: index.chunkCount,
    created_at: index.createdAt,
    served_at: index.servedAt,
    retired_at: index.retiredAt,
  };
}

export function sourceAnswer(source: SourceView) {
  return {
    id: source.id,
    source_path: source.sourcePath,
    source_type: source.sourceType,
    config: source.config,
    document_count: source.documentCount,
    size_bytes: source.sizeBytes,
    created_at: source.createdAt,
    last_indexed_at: source.lastIndexedAt,
    sync: { every_minutes: source.syncEveryMinutes },
    paused: source.isPaused,
    next_run_at: source.isPaused ? null : source.nextRunAt,
    last_run_at: source.lastRunAt,
    last_error: source.lastError,
  };
}
