import type { MigrationInterface, QueryRunner } from 'typeorm';

// What is to be removed is found by these alone: each holds only rows that wait for it.
const CHANGES = `
ALTER TABLE collection_indexes ADD COLUMN emptied_at timestamptz;
ALTER TABLE collections ADD COLUMN deleted_by text;
ALTER TABLE documents ADD COLUMN deleted_by text;
ALTER TABLE blobs ADD COLUMN unused_since timestamptz;
CREATE INDEX collection_indexes_retired_idx ON collection_indexes (retired_at) WHERE state = 'retired';
CREATE INDEX documents_deleted_idx ON documents (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX collections_deleted_idx ON collections (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX blobs_unused_idx ON blobs (unused_since) WHERE unused_since IS NOT NULL;
CREATE INDEX operations_completed_idx ON operations (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX vectors_unborn_idx ON vectors (org_id, point_id) WHERE index_id IS NOT NULL AND live_token IS NULL;
DROP INDEX vectors_index_idx;
CREATE INDEX vectors_index_idx ON vectors (org_id, index_id, point_id) WHERE index_id IS NOT NULL;
ALTER TABLE operations DROP CONSTRAINT operations_type_check;
ALTER TABLE operations ADD CONSTRAINT operations_type_check CHECK (type IN ('index','append','reindex','rollback','repair','remove_source','delete'));
`;

const SEEN_BY_DISPATCHER = ['documents', 'blobs', 'chunks', 'manifests', 'operation_events'];

// The dispatcher removes chunks and contents; it need not be able to read them.
const GRANTS: [role: string, rights: string, tables: string][] = [
  ['cairn_dispatch', 'UPDATE (emptied_at), DELETE', 'collection_indexes'],
  ['cairn_dispatch', 'DELETE', 'collections, documents, operations, operation_events, vectors'],
  ['cairn_dispatch', 'SELECT (org_id, index_id, document_id, number), DELETE', 'chunks'],
  ['cairn_dispatch', 'SELECT (org_id, index_id, document_id), DELETE', 'manifests'],
  ['cairn_dispatch', 'SELECT (org_id, hash, unused_since), UPDATE (unused_since)', 'blobs'],
  ['cairn_app', 'UPDATE (unused_since)', 'blobs'],
  ['cairn_app', 'SELECT', 'garbage_points'],
  ['cairn_worker', 'SELECT', 'garbage_points'],
  ['cairn_worker', 'UPDATE (unused_since)', 'blobs'],
];

/** What is needed to remove what nobody needs any more, and to say of what was deleted whether anything is left. */
export class Upkeep1700000000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(CHANGES);
    for (const table of SEEN_BY_DISPATCHER) await runner.query(`CREATE POLICY protocol ON ${table} TO cairn_dispatch USING (true) WITH CHECK (true)`);
    for (const [role, rights, tables] of GRANTS) await runner.query(`GRANT ${rights} ON ${tables} TO ${role}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    for (const [role, rights, tables] of GRANTS) await runner.query(`REVOKE ${rights} ON ${tables} FROM ${role}`);
    for (const table of SEEN_BY_DISPATCHER) await runner.query(`DROP POLICY protocol ON ${table}`);
    await runner.query(
      `DELETE FROM operation_events e USING operations o WHERE e.org_id = o.org_id AND e.operation_id = o.id AND o.type IN ('rollback','repair')`,
    );
    await runner.query(`DELETE FROM operations WHERE type IN ('rollback','repair')`);
    await runner.query('ALTER TABLE operations DROP CONSTRAINT operations_type_check');
    await runner.query(`ALTER TABLE operations ADD CONSTRAINT operations_type_check CHECK (type IN ('index','append','reindex','remove_source','delete'))`);
    await runner.query('DROP INDEX vectors_index_idx');
    await runner.query('CREATE INDEX vectors_index_idx ON vectors (org_id, index_id) WHERE index_id IS NOT NULL');
    await runner.query(
      'DROP INDEX vectors_unborn_idx, operations_completed_idx, blobs_unused_idx, collections_deleted_idx, documents_deleted_idx, collection_indexes_retired_idx',
    );
    await runner.query('ALTER TABLE blobs DROP COLUMN unused_since');
    await runner.query('ALTER TABLE documents DROP COLUMN deleted_by');
    await runner.query('ALTER TABLE collections DROP COLUMN deleted_by');
    await runner.query('ALTER TABLE collection_indexes DROP COLUMN emptied_at');
  }
}
