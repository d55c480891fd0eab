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
