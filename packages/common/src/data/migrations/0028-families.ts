import type { MigrationInterface, QueryRunner } from 'typeorm';

const TENANT = `nullif(current_setting('app.org_id', true), '')::uuid`;

const TABLES = `
CREATE TABLE families (
  org_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL, route_keys text[],
  route_kind text CONSTRAINT families_route_kind_check CHECK (route_kind IN ('complete','open','learnt')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(), updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT families_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT families_route_check CHECK ((route_keys IS NULL) = (route_kind IS NULL)));
CREATE UNIQUE INDEX families_name_key ON families (org_id, name);

CREATE TABLE family_members (
  org_id uuid NOT NULL, family_id uuid NOT NULL, collection_id uuid NOT NULL,
  CONSTRAINT family_members_pkey PRIMARY KEY (org_id, family_id, collection_id),
  CONSTRAINT family_members_family_fkey FOREIGN KEY (org_id, family_id) REFERENCES families ON DELETE CASCADE);
CREATE INDEX family_members_collection_idx ON family_members (org_id, collection_id);

CREATE TABLE family_values (
  org_id uuid NOT NULL, family_id uuid NOT NULL, collection_id uuid NOT NULL, place integer NOT NULL, value jsonb NOT NULL,
  CONSTRAINT family_values_pkey PRIMARY KEY (org_id, family_id, collection_id, place),
  CONSTRAINT family_values_member_fkey FOREIGN KEY (org_id, family_id, collection_id) REFERENCES family_members ON DELETE CASCADE);

CREATE TABLE learnt_fields (
  org_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), collection_id uuid NOT NULL, keys text[] NOT NULL,
  looked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT learnt_fields_pkey PRIMARY KEY (org_id, id),
  CONSTRAINT learnt_fields_keys_key UNIQUE (org_id, collection_id, keys));
CREATE INDEX learnt_fields_looked_at_idx ON learnt_fields (looked_at);

CREATE TABLE learnt_values (
  org_id uuid NOT NULL, id uuid NOT NULL DEFAULT gen_random_uuid(), field_id uuid NOT NULL, what jsonb,
  CONSTRAINT learnt_values_pkey PRIMARY KEY (org_id, id));
CREATE INDEX learnt_values_what_idx ON learnt_values (org_id, field_id, md5(what::text));
`;

// What is learnt is only ever added to by those who write documents, and never waits for another of them: a value that two bring at once is there twice,
// until the field is learnt again. The row without a value says that the collection may hold anything there.
const FUNCTIONS = `
CREATE FUNCTION learning_key(collection uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended('learning:' || collection, 0) $$;

-- One list is looked through, as conditions do: a list inside of it is a value, and none that can be known.
CREATE FUNCTION within_list(value jsonb) RETURNS SETOF jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT one FROM jsonb_array_elements(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE jsonb_build_array(value) END) one WHERE jsonb_typeof(one) <> 'null'
$$;

-- Numbers beyond those that every reader of JSON has exactly are not to be compared outside of Postgres.
CREATE FUNCTION is_exact_scalar(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE jsonb_typeof(value) WHEN 'string' THEN true WHEN 'boolean' THEN true WHEN 'number' THEN abs(value::numeric) <= 9007199254740991 ELSE false END
$$;

-- What is under the keys where no list is on the way; null where it is not to be found so easily.
CREATE FUNCTION plainly_under(metadata jsonb, keys text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE cardinality(keys) WHEN 1 THEN metadata -> keys[1] WHEN 2 THEN metadata -> keys[1] -> keys[2] WHEN 3 THEN metadata -> keys[1] -> keys[2] -> keys[3] END
$$;

-- The scalars under the keys, each once, in a list; null where there are too many, or what is not to be known exactly.
-- Given is what is plainly there, or else what the outermost key has: few documents differ in that, so it is asked of few.
CREATE FUNCTION scalars_under(plain jsonb, outermost jsonb, keys text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  found jsonb[];
  key text;
  list jsonb;
BEGIN
  IF is_exact_scalar(plain) THEN
    list := jsonb_build_array(plain);
  ELSE
    found := ARRAY(SELECT within_list(coalesce(plain, outermost)));
    FOREACH key IN ARRAY CASE WHEN plain IS NULL THEN keys[2:] ELSE '{}' END LOOP
      found := ARRAY(SELECT inner_one FROM unnest(found) outer_one, within_list(outer_one -> key) inner_one);
    END LOOP;
    IF cardinality(found) > 100 OR EXISTS (SELECT FROM unnest(found) one WHERE NOT is_exact_scalar(one)) THEN RETURN NULL; END IF;
    list := (SELECT coalesce(jsonb_agg(DISTINCT one), '[]') FROM unnest(found) one);
  END IF;
  RETURN CASE WHEN octet_length(list::text) <= 4096 THEN list END;
END $$;

-- What there is to know of a field: the lists that documents have there, or one null for anything. Planned each time: collections differ in size.
CREATE FUNCTION values_of_field(org uuid, field uuid) RETURNS SETOF jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE learnt learnt_fields;
BEGIN
  SELECT * INTO learnt FROM learnt_fields f WHERE f.org_id = org AND f.id = field;
  RETURN QUERY EXECUTE 'WITH looked AS MATERIALIZED (SELECT DISTINCT plainly_under(metadata, $3) AS plain, CASE WHEN plainly_under(metadata, $3) IS NULL THEN metadata -> $3[1] END AS outermost
      FROM documents WHERE org_id = $1 AND collection_id = $2 AND deleted_at IS NULL),
    found AS MATERIALIZED (SELECT DISTINCT scalars_under(plain, outermost, $3) AS what FROM looked WHERE (SELECT count(*) FROM looked) <= 20000
      UNION ALL SELECT NULL WHERE (SELECT count(*) FROM looked) > 20000),
    told AS (SELECT count(*) > 1000 OR bool_or(what IS NULL) AS is_anything FROM found)
    SELECT what FROM found, told WHERE NOT is_anything UNION ALL SELECT NULL FROM told WHERE is_anything' USING org, learnt.collection_id, learnt.keys;
END $$;

CREATE FUNCTION learn_field(org uuid, field uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM learnt_values v WHERE v.org_id = org AND v.field_id = field;
  INSERT INTO learnt_values (org_id, field_id, what) SELECT org, field, what FROM values_of_field(org, field) AS what;
END $$;

CREATE FUNCTION add_learnt(org uuid, field uuid, lists jsonb[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM learnt_values v WHERE v.org_id = org AND v.field_id = field AND md5(v.what::text) IS NULL) THEN RETURN; END IF;
  INSERT INTO learnt_values (org_id, field_id, what) SELECT org, field, list FROM unnest(lists) list
    WHERE NOT EXISTS (SELECT FROM learnt_values v WHERE v.org_id = org AND v.field_id = field AND md5(v.what::text) = md5(list::text) AND v.what = list);
  IF FOUND AND (SELECT count(*) FROM learnt_values v WHERE v.org_id = org AND v.field_id = field) > 1000 THEN
    INSERT INTO learnt_values (org_id, field_id, what) VALUES (org, field, NULL);
  END IF;
END $$;

-- First the lock, then the look: who begins to learn has it alone, and has seen all documents of before, or is waited for.
CREATE FUNCTION learn_new_documents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  one record;
  field record;
BEGIN
  FOR one IN SELECT DISTINCT org_id, collection_id FROM added WHERE deleted_at IS NULL ORDER BY collection_id LOOP
    PERFORM pg_advisory_xact_lock_shared(learning_key(one.collection_id));
    FOR field IN SELECT f.id, f.keys FROM learnt_fields f WHERE f.org_id = one.org_id AND f.collection_id = one.collection_id LOOP
      PERFORM add_learnt(one.org_id, field.id,
        ARRAY(SELECT DISTINCT scalars_under(plain, outermost, field.keys) FROM (SELECT DISTINCT plainly_under(a.metadata, field.keys) AS plain,
            CASE WHEN plainly_under(a.metadata, field.keys) IS NULL THEN a.metadata -> field.keys[1] END AS outermost
          FROM added a WHERE a.org_id = one.org_id AND a.collection_id = one.collection_id AND a.deleted_at IS NULL) looked));
    END LOOP;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION learn_changed_document() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(learning_key(NEW.collection_id));
  PERFORM add_learnt(f.org_id, f.id, ARRAY[scalars_under(plainly_under(NEW.metadata, f.keys), NEW.metadata -> f.keys[1], f.keys)]) FROM learnt_fields f WHERE f.org_id = NEW.org_id AND f.collection_id = NEW.collection_id;
  RETURN NULL;
END $$;

CREATE TRIGGER documents_learn_new AFTER INSERT ON documents REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION learn_new_documents();
CREATE TRIGGER documents_learn_changed AFTER UPDATE OF metadata, deleted_at, collection_id ON documents FOR EACH ROW
  WHEN (NEW.deleted_at IS NULL AND (OLD.deleted_at IS NOT NULL OR OLD.metadata IS DISTINCT FROM NEW.metadata OR OLD.collection_id <> NEW.collection_id))
  EXECUTE FUNCTION learn_changed_document();
`;

const TABLE_NAMES = ['families', 'family_members', 'family_values', 'learnt_fields', 'learnt_values'];

/** The dispatcher looks which values are gone, and which fields nobody learns any more. */
const SEEN_BY_DISPATCHER = ['families', 'family_members', 'learnt_fields', 'learnt_values'];

const GRANTS: [role: string, rights: string, tables: string][] = [
  ['cairn_app', 'SELECT, INSERT, UPDATE, DELETE', 'families'],
  ['cairn_app', 'SELECT, INSERT, DELETE', 'family_members, family_values, learnt_values'],
  ['cairn_app', 'SELECT, INSERT', 'learnt_fields'],
  ['cairn_worker', 'SELECT, DELETE', 'family_members, learnt_fields'],
  ['cairn_worker', 'SELECT, INSERT, DELETE', 'learnt_values'],
  ['cairn_dispatch', 'SELECT', 'families, family_members'],
  ['cairn_dispatch', 'SELECT, UPDATE, DELETE', 'learnt_fields'],
  ['cairn_dispatch', 'SELECT, INSERT, DELETE', 'learnt_values'],
];

/** Families of collections; and what documents have under the field that a family is routed by. */
export class Families1700000000028 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query(TABLES);
    await runner.query(FUNCTIONS);
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
    await runner.query('DROP TRIGGER documents_learn_new ON documents; DROP TRIGGER documents_learn_changed ON documents');
    await runner.query(
      `DROP FUNCTION learn_new_documents(), learn_changed_document(), add_learnt(uuid, uuid, jsonb[]), learn_field(uuid, uuid), values_of_field(uuid, uuid),
        scalars_under(jsonb, jsonb, text[]), plainly_under(jsonb, text[]), is_exact_scalar(jsonb), within_list(jsonb), learning_key(uuid)`,
    );
    await runner.query('DROP TABLE learnt_values, learnt_fields, family_values, family_members, families');
  }
}
