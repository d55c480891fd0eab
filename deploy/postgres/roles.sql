-- SPDX-License-Identifier: EUPL-1.2
--
-- Run once by the database administrator, as a role that may make roles and
-- databases:
--
--   psql -f deploy/postgres/roles.sql postgres
--
-- It makes the five roles without passwords and the database. Give each role a
-- password (\password seinhuis_poort) and put it in the file that seinhuis.yaml
-- names. Running it again changes nothing.

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS', name)
FROM unnest(ARRAY['seinhuis_beheer', 'seinhuis_poort', 'seinhuis_deur', 'seinhuis_console', 'seinhuis_bewaring']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

-- Text is compared byte by byte, as the standalone store does.
SELECT 'CREATE DATABASE seinhuis OWNER seinhuis_beheer TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'seinhuis')
\gexec

REVOKE ALL ON DATABASE seinhuis FROM PUBLIC;
GRANT CONNECT ON DATABASE seinhuis TO seinhuis_poort, seinhuis_deur, seinhuis_console, seinhuis_bewaring;

-- What PostgreSQL lets everybody do, and a role that only reads need not: hold
-- the locks by which one writes at a time and one has the watch, ring bells, end
-- the sessions of its own role, and keep large objects. What comes after this
-- line is of that database alone.
\connect seinhuis

DO $$
DECLARE act regprocedure;
BEGIN
  FOR act IN SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND (proname ~ '^pg_(try_)?advisory_'
    OR proname IN ('pg_notify', 'pg_cancel_backend', 'pg_terminate_backend', 'lo_creat', 'lo_create', 'lo_from_bytea', 'lo_open', 'lo_put', 'lowrite')) LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', act);
  END LOOP;
END $$;

GRANT EXECUTE ON FUNCTION pg_advisory_xact_lock(bigint) TO seinhuis_beheer, seinhuis_poort, seinhuis_console, seinhuis_bewaring;
GRANT EXECUTE ON FUNCTION pg_try_advisory_lock(bigint) TO seinhuis_poort;
GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO seinhuis_poort;
