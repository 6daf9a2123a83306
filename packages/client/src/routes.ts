// Generated from docs/openapi.json by `npm run generate`. Do not edit.

export type CreateApiKeyDto = { /** What the key is for. */ name: string; /** What it may do: read; write (and read); admin (all, keys too). */ scopes: ("read" | "write" | "admin")[]; /** The only collections it may touch; all when left out. */ collections?: (string)[]; /** When it stops working. */ expires_at?: string; };

export type CreateJobDto = { /** What to run. Only `mock_process` can be started here; vectors have routes of their own. */ type: "mock_process"; /** Stage in which the job is to fail, for trying out errors and retries. */ fail_at_stage?: "extracting" | "analyzing" | "indexing"; };

export type EmbedBatchDto = { /** The segments, each with an id of its own. */ segments: (SegmentDto)[]; /** A model, by its id or an alias; the built-in one when left out. */ model?: string; /** A version label of yours; part of the point ids. */ model_ver?: string; /** The asset, in your words. */ asset_id: string; };

export type EmbedDto = { /** The text to embed. It is not kept once the vector is made. */ text: string; /** A model, by its id or an alias; the built-in one when left out. The point id keeps this label. */ model?: string; /** A version label of yours; part of the point id. */ model_ver?: string; /** The asset, in your words. */ asset_id: string; /** The segment of the asset, in your words. */ segment_id: string; };

export type EmbedImageDto = { /** The image in base64: PNG, JPEG, WebP, GIF, TIFF or AVIF, of at most 40 megapixels. It is not kept once the vector is made. */ image: string; /** A model that reads images, by its id or an alias. The point id keeps this label. */ model: string; /** A version label of yours; part of the point id. */ model_ver?: string; /** The asset, in your words. */ asset_id: string; /** The segment of the asset, in your words. */ segment_id: string; };

export type EmbeddingsDto = { /** A text, or a list of texts. Token ids are refused: they are those of another tokenizer. */ input: string | (string)[]; /** The model, by its id or an alias; the built-in one when left out. */ model?: string; /** `float` for lists of numbers, `base64` for little-endian 32-bit floats. */ encoding_format?: "float" | "base64"; /** Shorter vectors, where the model was trained for them: the first numbers, normalised again. */ dimensions?: number; /** Whether the texts are to be found (`document`, when left out) or to find by (`query`); some models read the two differently. */ input_type?: "document" | "query"; /** Accepted and not used. */ user?: string; };

export type MockVectorDto = { /** The segment of the asset, in your words. */ segment_id: string; /** The asset, in your words. */ asset_id: string; };

export type Problem = { /** urn:cairn:error:<code> */ type: string; title: string; status: number; /** What happened, to which thing, and what to do next. */ detail: string; code: "bad_request" | "malformed_json" | "invalid_input" | "unknown_fields" | "unknown_model" | "invalid_cursor" | "unauthenticated" | "forbidden" | "not_found" | "method_not_allowed" | "request_timeout" | "conflict" | "model_not_installed" | "point_id_taken" | "job_ended" | "job_live" | "request_in_flight" | "cursor_pruned" | "too_large" | "uri_too_long" | "unsupported_media_type" | "idempotency_mismatch" | "upgrade_required" | "rate_limited" | "headers_too_large" | "internal" | "unavailable" | "outcome_unknown" | "draining"; /** The correlation id of the request; quote it when you ask for help. */ reference: string; /** With 410: how things are now, as the events that led there are no longer kept. */ current?: Record<string, unknown>; /** For input: each mistake with its place. */ errors?: ({ path: string; message: string; })[]; };

export type RedriveDto = { /** Only these rows; all parked ones when left out. */ ids?: (string)[]; };

export type RerankDto = { /** What to look for, in words. */ query: string; /** The texts to order. Late interaction reads the first 128 tokens of each, a reranker what fits beside the query. */ documents: (string)[]; /** A reranker, or a model whose token vectors are compared (late interaction), by its id or an alias; the built-in one of the second kind when left out. */ model?: string; /** Only so many of the best; all when left out. */ top_n?: number; /** Repeat the texts in the answer. */ return_documents?: boolean; };

export type SegmentDto = { /** The segment of the asset, in your words. */ segment_id: string; /** The text to embed. */ text: string; };

export type VectorSearchDto = { /** What to look for, in words. */ query?: string; /** The same as `query`. */ query_text?: string; /** Hits at most; 10 when left out. */ limit?: number; /** `dense` (or `semantic`) finds by meaning, `sparse` (or `keyword`) by the words of the text, codes and names among them. `dense` when left out. */ search_mode?: "dense" | "semantic" | "sparse" | "keyword"; /** Only vectors whose fields have these values: asset_id, segment_id, model, model_ver. A list means any of them. */ filter?: Record<string, unknown>; /** Only this asset. */ asset_id?: string; /** Only this segment. */ segment_id?: string; /** The model whose vectors to search, by its id or an alias; the built-in one when left out. */ model?: string; };

/** Every route: what it takes and what it answers. */
export interface Routes {
  /** The API keys of the organisation, without their secrets. */
  'GET /api-keys': { path: {  }; query: {  }; body: undefined; answer: { api_keys: ({ id?: string; name?: string; scopes?: (string)[]; collections?: (string)[] | null; created_by?: string; created_at?: string; expires_at?: string | null; revoked_at?: string | null; last_used_at?: string | null; })[]; }; };
  /** Make an API key. Its text is shown once. */
  'POST /api-keys': { path: {  }; query: {  }; body: CreateApiKeyDto; answer: { id: string; key: string; }; };
  /** Revoke an API key; the next request with it is refused. */
  'DELETE /api-keys/{id}': { path: { id: string; }; query: {  }; body: undefined; answer: undefined; };
  /** Whether this process is alive; asks no dependency. */
  'GET /api/health/healthz': { path: {  }; query: {  }; body: undefined; answer: { ok: boolean; service: string; env: string; version: string; started_at: string; }; };
  /** Whether the system is well, dependency by dependency. */
  'GET /api/health/readyz': { path: {  }; query: { for?: "traffic"; verbose?: string; }; body: undefined; answer: { service: string; env: string; version: string; ready: boolean; summary: "ok" | "down" | "starting" | "draining" | "overloaded"; /** By name: pg, redis, qdrant, gcs, nats, model. Absent with for=traffic. */ deps?: Record<string, { enabled?: boolean; skipped?: boolean; ok?: boolean | null; latency_ms?: number | null; attempts?: number; /** timeout, connection_error, http_<code>, exception:<Name> or disabled */ reason?: string | null; }>; }; };
  /** The events of all jobs of the organisation, without a gap from any cursor. */
  'GET /events': { path: {  }; query: { since?: string; job_id?: string; collection_id?: string; wait?: number; }; body: undefined; answer: undefined; };
  /** The events of all jobs of the organisation as WebSocket messages. */
  'GET /events/ws': { path: {  }; query: {  }; body: undefined; answer: undefined; };
  /** Whether this process is alive; asks no dependency. */
  'GET /healthz': { path: {  }; query: {  }; body: undefined; answer: { ok: boolean; service: string; env: string; version: string; started_at: string; }; };
  /** The jobs of the organisation, newest first. */
  'GET /jobs': { path: {  }; query: { status?: "pending" | "processing" | "completed" | "failed" | "canceled"; type?: "mock_process" | "mock_embedding" | "embed_text" | "embed_image" | "embed_batch"; error_code?: string; cursor?: string; limit?: number; }; body: undefined; answer: { jobs: ({ id?: string; type?: string; status?: "pending" | "processing" | "completed" | "failed" | "canceled"; raw_status?: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "quarantined"; stage?: string; progress?: number; result?: Record<string, unknown> | null; error?: string | null; error_code?: string | null; /** Retries used in this series of attempts. */ attempt?: number; created_at?: string; updated_at?: string; })[]; next_cursor: string | null; }; };
  /** Start a job; while an equal one is live, that one is answered. */
  'POST /jobs': { path: {  }; query: {  }; body: CreateJobDto; answer: { job_id: string; }; };
  /** A job with its events and attempts. */
  'GET /jobs/{id}': { path: { id: string; }; query: {  }; body: undefined; answer: { id: string; type: string; status: "pending" | "processing" | "completed" | "failed" | "canceled"; raw_status: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "quarantined"; stage: string; progress: number; result: Record<string, unknown> | null; error: string | null; error_code: string | null; /** Retries used in this series of attempts. */ attempt: number; created_at: string; updated_at: string; events?: ({ /** 1..n without a gap */ seq: number; status: "pending" | "processing" | "completed" | "failed" | "canceled"; stage: string; progress: number; message?: string; at: string; })[]; /** Newest first. */ attempts?: ({ n?: number; fence?: number; worker?: string; started_at?: string; ended_at?: string | null; outcome?: string | null; error?: string | null; })[]; }; };
  /** Cancel a job that waits or runs. */
  'DELETE /jobs/{id}': { path: { id: string; }; query: {  }; body: undefined; answer: { job_id?: string; status?: "canceled"; }; };
  /** The events of a job as server-sent events, numbered 1..n; ends with the job. */
  'GET /jobs/{id}/events': { path: { id: string; }; query: { since?: number; }; body: undefined; answer: undefined; };
  /** Run a job again that failed or was cancelled. */
  'POST /jobs/{id}/retry': { path: { id: string; }; query: {  }; body: undefined; answer: { job_id: string; }; };
  /** The events of a job as WebSocket messages. */
  'GET /jobs/{id}/ws': { path: { id: string; }; query: {  }; body: undefined; answer: undefined; };
  /** Metrics of this process, for Prometheus. */
  'GET /metrics': { path: {  }; query: {  }; body: undefined; answer: undefined; };
  /** This description of the API (OpenAPI 3.1). */
  'GET /openapi.json': { path: {  }; query: {  }; body: undefined; answer: Record<string, unknown>; };
  /** Messages that the broker refused too often; their jobs wait. */
  'GET /outbox/parked': { path: {  }; query: {  }; body: undefined; answer: { parked: ({ id?: string; job_id?: string; job_type?: string; refusals?: number; last_error?: string | null; parked_at?: string; })[]; }; };
  /** Send parked messages again. */
  'POST /outbox/redrive': { path: {  }; query: {  }; body: RedriveDto; answer: { redriven: number; }; };
  /** Whether the system is well, dependency by dependency. */
  'GET /readyz': { path: {  }; query: { for?: "traffic"; verbose?: string; }; body: undefined; answer: { service: string; env: string; version: string; ready: boolean; summary: "ok" | "down" | "starting" | "draining" | "overloaded"; /** By name: pg, redis, qdrant, gcs, nats, model. Absent with for=traffic. */ deps?: Record<string, { enabled?: boolean; skipped?: boolean; ok?: boolean | null; latency_ms?: number | null; attempts?: number; /** timeout, connection_error, http_<code>, exception:<Name> or disabled */ reason?: string | null; }>; }; };
  /** Turn texts into vectors, in OpenAI’s form. */
  'POST /v1/embeddings': { path: {  }; query: {  }; body: EmbeddingsDto; answer: { object: "list"; model: string; data: ({ object: "embedding"; index: number; /** Numbers, or base64 when asked for. */ embedding: unknown; })[]; /** Tokens that the model read. */ usage: { prompt_tokens: number; total_tokens: number; }; /** Texts that are longer than the model reads: their vectors are made of their beginnings. Left out when there are none. */ truncated?: ({ index?: number; tokens?: number; read_tokens?: number; })[]; }; };
  /** The models that are here or were, in OpenAI’s form. */
  'GET /v1/models': { path: {  }; query: {  }; body: undefined; answer: { object: "list"; data: ({ id: string; object: "model"; /** Seconds since 1970 when it was first served here. */ created: number; /** Whose model it is. */ owned_by: string; /** What it makes vectors of; left out of a reranker. */ inputs?: ("text" | "image")[]; /** `embedding` makes vectors, and orders texts too; `reranker` orders texts only. */ kind?: "embedding" | "reranker"; aliases?: (string)[]; version?: string; /** Numbers of a vector; left out of a reranker. */ dimensions?: number; shorter_dimensions?: (number)[]; /** Of a text; what is longer is cut. 0 of a model that reads no texts. */ max_tokens?: number; licence?: string; /** `ready`: a worker has it. `away`: none has it now; what needs it waits. `removed`: none has had it for minutes, while others were there. */ status: "ready" | "away" | "removed"; /** How to get back one that was removed. */ status_detail?: string; })[]; }; };
  /** One model, by its id or an alias. */
  'GET /v1/models/{id}': { path: { id: string; }; query: {  }; body: undefined; answer: { id: string; object: "model"; /** Seconds since 1970 when it was first served here. */ created: number; /** Whose model it is. */ owned_by: string; /** What it makes vectors of; left out of a reranker. */ inputs?: ("text" | "image")[]; /** `embedding` makes vectors, and orders texts too; `reranker` orders texts only. */ kind?: "embedding" | "reranker"; aliases?: (string)[]; version?: string; /** Numbers of a vector; left out of a reranker. */ dimensions?: number; shorter_dimensions?: (number)[]; /** Of a text; what is longer is cut. 0 of a model that reads no texts. */ max_tokens?: number; licence?: string; /** `ready`: a worker has it. `away`: none has it now; what needs it waits. `removed`: none has had it for minutes, while others were there. */ status: "ready" | "away" | "removed"; /** How to get back one that was removed. */ status_detail?: string; }; };
  /** Order texts by how well they answer a query. */
  'POST /v1/rerank': { path: {  }; query: {  }; body: RerankDto; answer: { object: "list"; /** The model that made this order. */ model: string; /** The best first. */ results: ({ /** The place of the text in the request. */ index: number; /** Higher is better. Of a reranker from 0 to 1: the sigmoid of what it says of query and text. By late interaction from -1 to 1. To order texts for one query, not to compare queries or models. */ relevance_score: number; document?: { text?: string; }; })[]; /** What was done otherwise than asked; left out when nothing was. `reranker_failed`: the reranker did not answer, so another model made the order. */ warnings?: ({ code: "reranker_failed"; message: string; })[]; }; };
  /** Delete all vectors of an asset; no search finds them from the answer on. */
  'DELETE /vectors/asset/{asset_id}': { path: { asset_id: string; }; query: {  }; body: undefined; answer: { deleted: number; }; };
  /** Embed a text and keep its vector under an asset and segment. */
  'POST /vectors/embed': { path: {  }; query: {  }; body: EmbedDto; answer: { job_id: string; asset_id: string; segment_id: string; }; };
  /** Embed up to 1,000 segments of an asset as one job. */
  'POST /vectors/embed/batch': { path: {  }; query: {  }; body: EmbedBatchDto; answer: { job_id: string; asset_id: string; segment_count: number; }; };
  /** Embed an image and keep its vector under an asset and segment. */
  'POST /vectors/embed/image': { path: {  }; query: {  }; body: EmbedImageDto; answer: { job_id: string; asset_id: string; segment_id: string; }; };
  /** Write a deterministic mock vector. */
  'POST /vectors/mock': { path: {  }; query: {  }; body: MockVectorDto; answer: { job_id: string; asset_id: string; segment_id: string; }; };
  /** Find vectors by meaning or by words. */
  'POST /vectors/search': { path: {  }; query: {  }; body: VectorSearchDto; answer: { results: ({ point_id: string; /** Higher is better: the cosine of a dense search (-1 to 1), the BM25 score of a sparse one (above 0). */ score: number; payload: Record<string, unknown>; })[]; search_mode: "dense" | "sparse"; query_model: string; query_model_ver: string; /** Hits in this answer. */ total: number; /** Milliseconds of each stage. */ timings_ms?: Record<string, number>; }; };
  /** What is kept about a vector; with `vector=true` its components too. */
  'GET /vectors/{point_id}': { path: { point_id: string; }; query: { vector?: string; }; body: undefined; answer: { point_id: string; payload: Record<string, unknown>; vector?: (number)[]; }; };
  /** Delete a vector; no search finds it from the answer on. */
  'DELETE /vectors/{point_id}': { path: { point_id: string; }; query: {  }; body: undefined; answer: undefined; };
}
