-- SPDX-License-Identifier: EUPL-1.2
--
-- Passages of the whole installation: restored from an archive, its log begun
-- anew after a loss, or moved to another store. While the last one is not
-- settled, no node serves.

CREATE TABLE passage (
  number     bigint PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('hersteld', 'verhuisd')),
  archive    bytea CHECK (length(archive) = 16),   -- id of the archive
  made_at    bigint NOT NULL,                      -- of the archive, or of the move
  at         bigint NOT NULL,
  rows       bigint NOT NULL,                      -- rows of the log that it had
  settled_at bigint,
  outcome    text CHECK (outcome IN ('zonder-verlies', 'na-verlies')),
  known      bytea,                                -- the newest checkpoint that was known elsewhere
  CHECK ((settled_at IS NULL) = (outcome IS NULL))
);

REVOKE ALL ON passage FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON passage TO seinhuis_poort;
GRANT SELECT ON passage TO seinhuis_bewaring, seinhuis_console;
