import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;
/** For jobs whose operation is gone: a collection that nobody has, so that only those see them who see all. */
const FORGOTTEN_COLLECTION = '00000000-0000-0000-0000-000000000000';

// The check holds whoever adds a job to saying whose it is. Services of before, which run until all are new, do not: for them the trigger says it.
const COLLECTIONS_OF_JOBS = `
ALTER TABLE jobs ADD COLUMN collection_id uuid;
UPDATE jobs j SET collection_id = coalesce((SELECT o.collection_id FROM operations o WHERE o.org_id = j.org_id AND o.id = j.operation_id),
    (SELECT d.collection_id FROM documents d WHERE d.org_id = j.org_id AND d.id = j.document_id), '${FORGOTTEN_COLLECTION}')
  WHERE operation_id IS NOT NULL OR document_id IS NOT NULL;
ALTER TABLE jobs ADD CONSTRAINT jobs_collection_check CHECK (collection_id IS NOT NULL OR (operation_id IS NULL AND document_id IS NULL));
CREATE INDEX jobs_collection_idx ON jobs (org_id, collection_id, id);
CREATE FUNCTION fill_collection_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.operation_id IS NOT NULL THEN NEW.collection_id := (SELECT collection_id FROM operations WHERE org_id = NEW.org_id AND id = NEW.operation_id);
  ELSE NEW.collection_id := (SELECT collection_id FROM documents WHERE org_id = NEW.org_id AND id = NEW.document_id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER jobs_fill_collection BEFORE INSERT ON jobs FOR EACH ROW
  WHEN (NEW.collection_id IS NULL AND (NEW.operation_id IS NOT NULL OR NEW.document_id IS NOT NULL)) EXECUTE FUNCTION fill_collection_of_job();
`;

const TYPES = `'index','append','reindex','rollback','repair','remove_source','delete'`;

// With now() the rows that are there need not be written anew.
const DELETIONS = `
ALTER TABLE documents ADD COLUMN sent_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE documents ALTER COLUMN sent_at SET DEFAULT clock_timestamp();
ALTER TABLE operations DROP CONSTRAINT operations_type_check;
ALTER TABLE operations ADD CONSTRAINT operations_type_check CHECK (type IN (${TYPES},'delete_documents'));
`;

const PROFILES = `
CREATE TABLE chunking_profiles (
  org_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, description text NOT NULL DEFAULT '', strategy text NOT NULL, options jsonb NOT NULL DEFAULT '{}',
  created_by text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT chunking_profiles_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT chunking_profiles_name_key UNIQUE (org_id, name));
ALTER TABLE chunking_profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON chunking_profiles USING (org_id = ${TENANT}) WITH CHECK (org_id = ${TENANT});
GRANT SELECT, INSERT, DELETE ON chunking_profiles TO cairn_app;
`;

/** A job says which collection it is about: who may not read that does not see the job. And many documents can be deleted by one operation, and ways of chunking kept by a name. */
export class JobsOfCollections1700000000019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(COLLECTIONS_OF_JOBS);
    await runner.query(DELETIONS);
    await runner.query(PROFILES);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('DROP TABLE chunking_profiles');
    await runner.query(`DELETE FROM operation_events e USING operations o WHERE e.org_id = o.org_id AND e.operation_id = o.id AND o.type = 'delete_documents'`);
    await runner.query(`DELETE FROM operations WHERE type = 'delete_documents'`);
    await runner.query('ALTER TABLE operations DROP CONSTRAINT operations_type_check');
    await runner.query(`ALTER TABLE operations ADD CONSTRAINT operations_type_check CHECK (type IN (${TYPES}))`);
    await runner.query('ALTER TABLE documents DROP COLUMN sent_at');
    await runner.query('DROP TRIGGER jobs_fill_collection ON jobs');
    await runner.query('DROP FUNCTION fill_collection_of_job');
    await runner.query('ALTER TABLE jobs DROP COLUMN collection_id');
  }
}
