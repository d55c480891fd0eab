-- SPDX-License-Identifier: EUPL-1.2
-- What officers and witnesses saw of the log.

-- The checkpoint that an officer saw last. A shorter or another one never takes
-- its place; doubted_at tells that what is published does not go on from it.
CREATE TABLE officer_sight (
  account    BLOB PRIMARY KEY CHECK (length(account) = 16),
  size       INTEGER NOT NULL CHECK (size >= 0),
  checkpoint BLOB NOT NULL,
  seen_at    INTEGER NOT NULL,
  doubted_at INTEGER,
  expires_on INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX officer_sight_expires ON officer_sight (expires_on);
CREATE INDEX officer_sight_doubted ON officer_sight (doubted_at) WHERE doubted_at IS NOT NULL;

-- The newest checkpoint that each witness has cosigned, with its signatures.
CREATE TABLE cosigned (
  witness    TEXT PRIMARY KEY,   -- name of its key
  party      TEXT NOT NULL,      -- its OIN
  size       INTEGER NOT NULL CHECK (size >= 0),
  checkpoint BLOB NOT NULL,
  cosigned_at INTEGER NOT NULL   -- as the witness says
) STRICT, WITHOUT ROWID;
