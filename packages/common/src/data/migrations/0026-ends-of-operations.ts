import type { MigrationInterface, QueryRunner } from 'typeorm';

const BEFORE = `
CREATE OR REPLACE FUNCTION count_ended_job(job jobs) RETURNS void LANGUAGE plpgsql AS $$
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
`;

const NOW = `
CREATE OR REPLACE FUNCTION count_ended_job(job jobs) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  operation operations;
  is_document integer := (job.document_id IS NOT NULL)::int;
  is_failure integer := (job.state <> 'succeeded')::int;
  share integer;
  over boolean;
  gone boolean;
BEGIN
  UPDATE operations o SET unfinished = o.unfinished - 1, done = o.done + is_document, failed = o.failed + is_document * is_failure,
      error = CASE WHEN is_document = 0 AND is_failure = 1 THEN coalesce(job.error, 'It was cancelled.') ELSE o.error END,
      state = 'processing', started_at = coalesce(o.started_at, clock_timestamp())
    WHERE o.org_id = job.org_id AND o.id = job.operation_id AND o.state IN ('pending','processing') RETURNING * INTO operation;
  IF NOT FOUND THEN RETURN; END IF;
  over := operation.unfinished <= 0 AND (NOT operation.has_finish OR operation.error IS NOT NULL);
  share := CASE WHEN over THEN 100 WHEN operation.total = 0 THEN 0 ELSE least(99, operation.done * 100 / operation.total) END;
  IF over THEN
    gone := operation.type <> 'delete' AND EXISTS (SELECT FROM collections c WHERE c.org_id = operation.org_id AND c.id = operation.collection_id AND c.deleted_at IS NOT NULL);
    UPDATE operations o SET percentage = CASE WHEN gone THEN o.percentage ELSE 100 END, event_seq = o.event_seq + 1, completed_at = clock_timestamp(),
        state = CASE WHEN gone THEN 'cancelled' WHEN o.error IS NOT NULL OR (o.source_id IS NULL AND o.total > 0 AND o.failed >= o.total) THEN 'failed' ELSE 'completed' END,
        error = CASE WHEN NOT gone AND o.source_id IS NULL AND o.error IS NULL AND o.total > 0 AND o.failed >= o.total THEN
          CASE WHEN o.total = 1 THEN coalesce(job.error, 'The document could not be indexed.') ELSE 'None of the ' || o.total || ' documents could be indexed.' END ELSE o.error END
      WHERE o.org_id = operation.org_id AND o.id = operation.id RETURNING * INTO operation;
    PERFORM log_operation(operation, 'operation_' || operation.state);
    -- An index that nobody builds any further must not stand in the way of the next one.
    IF operation.index_id IS NOT NULL AND operation.state = 'failed' THEN
      UPDATE collection_indexes i SET state = 'retired', retired_at = clock_timestamp() WHERE i.org_id = operation.org_id AND i.id = operation.index_id AND i.state = 'building';
    END IF;
  ELSIF share > operation.percentage THEN
    UPDATE operations o SET percentage = share, event_seq = o.event_seq + 1 WHERE o.org_id = operation.org_id AND o.id = operation.id RETURNING * INTO operation;
    PERFORM log_operation(operation, 'progress');
  END IF;
END $$;
`;

/**
 * How operations end. A source that could be listed was looked through, whatever its files were like: each of them says itself that it could not be
 * read. And nothing was completed of what a collection was to have that is deleted.
 */
export class EndsOfOperations1700000000026 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(NOW);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(BEFORE);
  }
}
