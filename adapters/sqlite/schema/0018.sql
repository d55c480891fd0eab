-- SPDX-License-Identifier: EUPL-1.2
--
-- Passages of the whole installation: restored from an archive, its log begun
-- anew after a loss, or moved to another store. While the last one is not
-- settled, the gateway does not serve.

CREATE TABLE passage (
  number     INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('hersteld', 'verhuisd')),
  archive    BLOB CHECK (length(archive) = 16),   -- id of the archive
  made_at    INTEGER NOT NULL,                    -- of the archive, or of the move
  at         INTEGER NOT NULL,
  rows       INTEGER NOT NULL,                    -- rows of the log that it had
  settled_at INTEGER,
  outcome    TEXT CHECK (outcome IN ('zonder-verlies', 'na-verlies')),
  known      BLOB,                                -- the newest checkpoint that was known elsewhere
  CHECK ((settled_at IS NULL) = (outcome IS NULL))
) STRICT;
