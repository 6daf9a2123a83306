-- Roles, owner and grants of Cairn's database. The postgres image runs it once, on an empty volume.
-- On a server of your own, run it as an administrator, in the database that Cairn is to use:
--   CAIRN_OWNER_PASSWORD=… CAIRN_APP_PASSWORD=… CAIRN_WORKER_PASSWORD=… CAIRN_DISPATCH_PASSWORD=… \
--     psql -v ON_ERROR_STOP=1 -d cairn -f deploy/postgres/10-roles.sql
-- None of the roles is a superuser, none passes row-level security, and only the first owns anything.
-- What the last three may do with each table is granted by the migrations.

\getenv owner_password CAIRN_OWNER_PASSWORD
\getenv app_password CAIRN_APP_PASSWORD
\getenv worker_password CAIRN_WORKER_PASSWORD
\getenv dispatch_password CAIRN_DISPATCH_PASSWORD

CREATE ROLE cairn_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE cairn_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
CREATE ROLE cairn_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'worker_password';
CREATE ROLE cairn_dispatch LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'dispatch_password';

-- How much a session sorts on disk is decided by statements of tenants. Needs a superuser; leave it out where you are none.
ALTER ROLE cairn_app SET temp_file_limit = '4GB';

REVOKE CONNECT, TEMPORARY ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT, CREATE, TEMPORARY ON DATABASE :"DBNAME" TO cairn_owner;
GRANT CONNECT ON DATABASE :"DBNAME" TO cairn_app, cairn_worker, cairn_dispatch;
GRANT USAGE, CREATE ON SCHEMA public TO cairn_owner WITH GRANT OPTION;
