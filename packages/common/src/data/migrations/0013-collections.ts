import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;

const TABLES = `
CREATE TABLE collections (
  org_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, description text NOT NULL DEFAULT '',
  type text NOT NULL CHECK (type IN ('documents','webpages','mixed')),
  owner_id bigint NOT NULL, is_public boolean NOT NULL DEFAULT false, metadata jsonb NOT NULL DEFAULT '{}', serving_index_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_at timestamptz NOT NULL DEFAULT clock_timestamp(), deleted_at timestamptz,
  CONSTRAINT collections_pkey PRIMARY KEY (org_id, id));
CREATE UNIQUE INDEX collections_name_idx ON collections (org_id, name) WHERE deleted_at IS NULL;

CREATE TABLE collection_shares (
  org_id uuid NOT NULL, collection_id uuid NOT NULL, user_id bigint NOT NULL, role text NOT NULL CHECK (role IN ('read','write','admin')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT collection_shares_pkey PRIMARY KEY (org_id, collection_id, user_id));

CREATE TABLE collection_indexes (
  org_id uuid NOT NULL, id uuid NOT NULL, collection_id uuid NOT NULL, number integer NOT NULL,
  state text NOT NULL CHECK (state IN ('building','serving','retired')),
  model text NOT NULL, model_ver text NOT NULL, space text NOT NULL, quantization text NOT NULL CHECK (quantization IN ('float32','float16','int8')),
  chunking_strategy text NOT NULL, chunk_size integer NOT NULL, chunk_overlap integer NOT NULL, chunking_config jsonb NOT NULL DEFAULT '{}',
  embed_context boolean NOT NULL DEFAULT true, store_name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), served_at timestamptz, retired_at timestamptz,
  CONSTRAINT collection_indexes_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT collection_indexes_number_key UNIQUE (org_id, collection_id, number));
CREATE UNIQUE INDEX collection_indexes_serving_idx ON collection_indexes (org_id, collection_id) WHERE state = 'serving';

CREATE TABLE sources (
  org_id uuid NOT NULL, id uuid NOT NULL, collection_id uuid NOT NULL, source_type text NOT NULL, source_path text NOT NULL,
  config jsonb NOT NULL DEFAULT '{}', created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), last_indexed_at timestamptz, removed_at timestamptz,
  CONSTRAINT sources_pkey PRIMARY KEY (org_id, id));
CREATE UNIQUE INDEX sources_path_idx ON sources (org_id, collection_id, source_type, source_path) WHERE removed_at IS NULL;

CREATE TABLE operations (
  org_id uuid NOT NULL, id uuid NOT NULL, collection_id uuid NOT NULL, source_id uuid, index_id uuid,
  type text NOT NULL CHECK (type IN ('index','append','reindex','remove_source','delete')),
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending','processing','completed','failed','cancelled')),
  config jsonb NOT NULL DEFAULT '{}', result jsonb NOT NULL DEFAULT '{}', error text,
  total integer NOT NULL DEFAULT 0, done integer NOT NULL DEFAULT 0, failed integer NOT NULL DEFAULT 0, unfinished integer NOT NULL DEFAULT 0,
  percentage integer NOT NULL DEFAULT 0 CHECK (percentage BETWEEN 0 AND 100), has_finish boolean NOT NULL DEFAULT false,
  event_seq integer NOT NULL DEFAULT 0, created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), started_at timestamptz, completed_at timestamptz,
  CONSTRAINT operations_pkey PRIMARY KEY (org_id, id));
CREATE INDEX operations_list_idx ON operations (org_id, collection_id, created_at, id);
CREATE INDEX operations_active_idx ON operations (org_id, collection_id) WHERE state IN ('pending','processing');

CREATE TABLE operation_events (
  org_id uuid NOT NULL, operation_id uuid NOT NULL, seq integer NOT NULL, type text NOT NULL, percentage integer NOT NULL, data jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT operation_events_pkey PRIMARY KEY (org_id, operation_id, seq));

CREATE TABLE blobs (
  org_id uuid NOT NULL, hash text NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'), size bigint NOT NULL, bytes bytea, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT blobs_pkey PRIMARY KEY (org_id, hash));

CREATE TABLE documents (
  org_id uuid NOT NULL, id uuid NOT NULL, collection_id uuid NOT NULL, source_id uuid, external_id text NOT NULL,
  file_name text NOT NULL, file_path text, title text, mime_type text, is_text boolean NOT NULL DEFAULT false, size_bytes bigint NOT NULL, content_hash text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}', facts jsonb NOT NULL DEFAULT '{}', source_version text,
  gen bigint NOT NULL DEFAULT 1, status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending','completed','failed')),
  job_id uuid, error_message text, error_code text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_at timestamptz NOT NULL DEFAULT clock_timestamp(), indexed_at timestamptz, deleted_at timestamptz,
  CONSTRAINT documents_pkey PRIMARY KEY (org_id, id));
CREATE UNIQUE INDEX documents_external_idx ON documents (org_id, collection_id, external_id) WHERE deleted_at IS NULL;
CREATE INDEX documents_list_idx ON documents (org_id, collection_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX documents_content_idx ON documents (org_id, content_hash) WHERE deleted_at IS NULL;
CREATE INDEX documents_source_idx ON documents (org_id, source_id) WHERE deleted_at IS NULL AND source_id IS NOT NULL;

CREATE TABLE manifests (
  org_id uuid NOT NULL, document_id uuid NOT NULL, index_id uuid NOT NULL, gen bigint NOT NULL, job_id uuid NOT NULL, token uuid NOT NULL,
  chunk_count integer NOT NULL, point_count integer NOT NULL, tokens integer NOT NULL, text_length integer NOT NULL,
  activated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT manifests_pkey PRIMARY KEY (org_id, document_id, index_id));
CREATE INDEX manifests_index_idx ON manifests (org_id, index_id);

CREATE TABLE chunks (
  org_id uuid NOT NULL, index_id uuid NOT NULL, document_id uuid NOT NULL, number integer NOT NULL, id uuid NOT NULL,
  text text NOT NULL, start_at integer NOT NULL, end_at integer NOT NULL, tokens integer NOT NULL,
  page integer, heading_path text[], parent_start integer, parent_end integer, time_start double precision, time_end double precision,
  CONSTRAINT chunks_pkey PRIMARY KEY (org_id, index_id, document_id, number));
CREATE UNIQUE INDEX chunks_id_idx ON chunks (org_id, id);

ALTER TABLE vectors ADD COLUMN index_id uuid, ADD COLUMN chunk_id uuid;
CREATE INDEX vectors_index_idx ON vectors (org_id, index_id) WHERE index_id IS NOT NULL;
ALTER TABLE jobs ADD COLUMN operation_id uuid, ADD COLUMN document_id uuid;
CREATE INDEX jobs_operation_idx ON jobs (org_id, operation_id) WHERE operation_id IS NOT NULL AND state IN ('queued','running');
CREATE INDEX jobs_document_idx ON jobs (org_id, document_id) WHERE document_id IS NOT NULL AND state IN ('queued','running');
`;

// The end of a job is written in many places (a worker, the sweeper, a caller who cancels); what it means for its document and operation is said here, in
// the same transaction, so that no end can be missed. Locks are taken in the order job, document, operation, everywhere.
const TRIGGERS = `
CREATE FUNCTION tell_document_and_operation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text := current_setting('app.org_id', true);
  ended boolean := NEW.state IN ('succeeded','failed','cancelled','quarantined');
BEGIN
  PERFORM set_config('app.org_id', NEW.org_id::text, true);
  IF NEW.document_id IS NOT NULL AND ended AND NEW.state <> 'succeeded' THEN
    UPDATE documents SET status = 'failed', error_code = coalesce(NEW.error_code, NEW.state),
        error_message = coalesce(NEW.error, 'Indexing was cancelled before it was done.'), updated_at = clock_timestamp()
      WHERE org_id = NEW.org_id AND id = NEW.document_id AND job_id = NEW.id AND deleted_at IS NULL AND status <> 'completed';
  ELSIF NEW.document_id IS NOT NULL AND NEW.state = 'queued' AND OLD.state <> 'running' THEN
    UPDATE documents SET status = 'pending', error_code = NULL, error_message = NULL, updated_at = clock_timestamp()
      WHERE org_id = NEW.org_id AND id = NEW.document_id AND job_id = NEW.id AND deleted_at IS NULL;
  END IF;
  IF NEW.operation_id IS NOT NULL THEN
    IF ended THEN PERFORM count_ended_job(NEW);
    ELSIF NEW.state = 'running' THEN PERFORM begin_operation(NEW.org_id, NEW.operation_id);
    ELSIF NEW.state = 'queued' AND OLD.state <> 'running' THEN
      UPDATE operations SET unfinished = unfinished + 1 WHERE org_id = NEW.org_id AND id = NEW.operation_id AND state IN ('pending','processing');
    END IF;
  END IF;
  PERFORM set_config('app.org_id', coalesce(before, ''), true);
  RETURN NULL;
END $$;

CREATE FUNCTION log_operation(operation operations, kind text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO operation_events (org_id, operation_id, seq, type, percentage, data) VALUES (operation.org_id, operation.id, operation.event_seq, kind, operation.percentage,
    jsonb_build_object('status', operation.state, 'processed', operation.done, 'total', operation.total, 'failed', operation.failed) ||
    CASE WHEN operation.error IS NULL THEN '{}' ELSE jsonb_build_object('error_message', operation.error) END);
$$;

CREATE FUNCTION begin_operation(org uuid, operation_id uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE operation operations;
BEGIN
  UPDATE operations o SET state = 'processing', started_at = clock_timestamp(), event_seq = event_seq + 1
    WHERE o.org_id = org AND o.id = operation_id AND o.state = 'pending' RETURNING * INTO operation;
  IF FOUND THEN PERFORM log_operation(operation, 'operation_started'); END IF;
END $$;

CREATE FUNCTION count_ended_job(job jobs) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  operation operations;
  is_document integer := (job.document_id IS NOT NULL)::int;
  is_failure integer := (job.state <> 'succeeded')::int;
  share integer;
  over boolean;
BEGIN
  UPDATE operations o SET unfinished = o.unfinished - 1, done = o.done + is_document, failed = o.failed + is_document * is_failure,
      error = CASE WHEN is_document = 0 AND is_failure = 1 THEN coalesce(job.error, 'It was cancelled.') ELSE o.error END,
      state = 'processing', started_at = coalesce(o.started_at, clock_timestamp())
    WHERE o.org_id = job.org_id AND o.id = job.operation_id AND o.state IN ('pending','processing') RETURNING * INTO operation;
  IF NOT FOUND THEN RETURN; END IF;
  over := operation.unfinished <= 0 AND (NOT operation.has_finish OR operation.error IS NOT NULL);
  share := CASE WHEN over THEN 100 WHEN operation.total = 0 THEN 0 ELSE least(99, operation.done * 100 / operation.total) END;
  IF over THEN
    UPDATE operations o SET percentage = 100, event_seq = o.event_seq + 1, completed_at = clock_timestamp(),
        state = CASE WHEN o.error IS NOT NULL OR (o.total > 0 AND o.failed >= o.total) THEN 'failed' ELSE 'completed' END,
        error = CASE WHEN o.error IS NULL AND o.total > 0 AND o.failed >= o.total THEN
          CASE WHEN o.total = 1 THEN coalesce(job.error, 'The document could not be indexed.') ELSE 'None of the ' || o.total || ' documents could be indexed.' END ELSE o.error END
      WHERE o.org_id = operation.org_id AND o.id = operation.id RETURNING * INTO operation;
    PERFORM log_operation(operation, CASE operation.state WHEN 'completed' THEN 'operation_completed' ELSE 'operation_failed' END);
    -- An index that nobody builds any further must not stand in the way of the next one.
    IF operation.index_id IS NOT NULL AND operation.state = 'failed' THEN
      UPDATE collection_indexes i SET state = 'retired', retired_at = clock_timestamp() WHERE i.org_id = operation.org_id AND i.id = operation.index_id AND i.state = 'building';
    END IF;
  ELSIF share > operation.percentage THEN
    UPDATE operations o SET percentage = share, event_seq = o.event_seq + 1 WHERE o.org_id = operation.org_id AND o.id = operation.id RETURNING * INTO operation;
    PERFORM log_operation(operation, 'progress');
  END IF;
END $$;

CREATE TRIGGER jobs_tell AFTER UPDATE OF state ON jobs FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state AND (NEW.document_id IS NOT NULL OR NEW.operation_id IS NOT NULL)) EXECUTE FUNCTION tell_document_and_operation();
`;

const TABLE_NAMES = [
  'collections',
  'collection_shares',
  'collection_indexes',
  'sources',
  'operations',
  'operation_events',
  'blobs',
  'documents',
  'manifests',
  'chunks',
];

/** Who besides the tenant's own scope may see all rows: the dispatcher looks for what is left to do. */
const SEEN_BY_DISPATCHER = ['collections', 'collection_indexes', 'sources', 'operations'];

const GRANTS: [role: string, rights: string, tables: string][] = [
  ['cairn_app', 'SELECT, INSERT, UPDATE', 'collections, collection_indexes, sources, operations, documents'],
  ['cairn_app', 'SELECT, INSERT, UPDATE, DELETE', 'collection_shares'],
  ['cairn_app', 'SELECT, INSERT', 'operation_events, blobs'],
  ['cairn_app', 'SELECT, DELETE', 'manifests, chunks'],
  ['cairn_worker', 'SELECT, INSERT, UPDATE, DELETE', 'documents'],
  ['cairn_worker', 'SELECT, INSERT, UPDATE', 'operations'],
  ['cairn_worker', 'SELECT, UPDATE', 'collections'],
  ['cairn_worker', 'SELECT, UPDATE, DELETE', 'collection_indexes, sources'],
  ['cairn_worker', 'SELECT, DELETE', 'collection_shares'],
  ['cairn_worker', 'SELECT, INSERT', 'operation_events'],
  ['cairn_worker', 'SELECT, INSERT, DELETE', 'blobs'],
  ['cairn_worker', 'SELECT, INSERT, UPDATE, DELETE', 'manifests, chunks'],
  ['cairn_worker', 'INSERT', 'jobs, job_inputs'],
  ['cairn_app', 'DELETE', 'vectors'],
  ['cairn_worker', 'INSERT, DELETE', 'vectors'],
  ['cairn_worker', 'UPDATE', 'job_inputs'],
  ['cairn_dispatch', 'SELECT, UPDATE', 'documents, operations, collection_indexes'],
  ['cairn_dispatch', 'SELECT, INSERT', 'operation_events'],
  ['cairn_dispatch', 'SELECT', 'collections, sources'],
  ['cairn_dispatch', 'INSERT', 'jobs'],
];

/** Collections, their indexes, sources, documents and operations; and the chunks of what is live. */
export class Collections1700000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(TABLES);
    await runner.query(TRIGGERS);
    for (const table of TABLE_NAMES) {
      await runner.query(
        `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; CREATE POLICY tenant ON ${table} USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT})`,
      );
    }
    for (const table of SEEN_BY_DISPATCHER) await runner.query(`CREATE POLICY protocol ON ${table} TO cairn_dispatch USING (true) WITH CHECK (true)`);
    for (const [role, rights, tables] of GRANTS) await runner.query(`GRANT ${rights} ON ${tables} TO ${role}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DROP TRIGGER jobs_tell ON jobs');
    await runner.query('DROP FUNCTION tell_document_and_operation(), count_ended_job(jobs), begin_operation(uuid, uuid), log_operation(operations, text)');
    await runner.query('DELETE FROM jobs WHERE operation_id IS NOT NULL OR document_id IS NOT NULL');
    await runner.query('ALTER TABLE jobs DROP COLUMN operation_id, DROP COLUMN document_id');
    await runner.query('DELETE FROM vectors WHERE index_id IS NOT NULL');
    await runner.query('ALTER TABLE vectors DROP COLUMN index_id, DROP COLUMN chunk_id');
    await runner.query(`DROP TABLE ${TABLE_NAMES.join(', ')}`);
    await runner.query('REVOKE DELETE ON vectors FROM cairn_app, cairn_worker');
    await runner.query('REVOKE INSERT ON jobs, job_inputs, vectors FROM cairn_worker');
    await runner.query('REVOKE UPDATE ON job_inputs FROM cairn_worker');
    await runner.query('REVOKE INSERT ON jobs FROM cairn_dispatch');
  }
}
