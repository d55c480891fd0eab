-- SPDX-License-Identifier: EUPL-1.2
--
-- The rights of data subjects. Whose right it is stands nowhere: an objection
-- is keyed tags, a request is a number that only its controller can join to a
-- person.

CREATE TABLE objection (
  number       INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  controller   TEXT NOT NULL,
  municipality TEXT NOT NULL,
  creditor     TEXT,                  -- against whose reports; NULL: everyone's
  instruction  BLOB NOT NULL CHECK (length(instruction) = 16),
  placed_on    INTEGER NOT NULL,
  expires_on   INTEGER NOT NULL       -- its last day; it blocks until and with that day
) STRICT;

CREATE INDEX objection_expiring ON objection (expires_on);

-- Reports are held against this table: last day and creditor stand here as well,
-- so that it answers alone.
CREATE TABLE objection_tag (
  municipality TEXT NOT NULL,
  sum          BLOB NOT NULL CHECK (length(sum) = 32),
  version      INTEGER NOT NULL,
  objection    INTEGER NOT NULL REFERENCES objection (number) ON DELETE CASCADE,
  token        TEXT NOT NULL CHECK (token IN ('person', 'resident')),
  creditor     TEXT,
  expires_on   INTEGER NOT NULL,
  PRIMARY KEY (municipality, sum, version, objection)
) STRICT, WITHOUT ROWID;

-- Counts what was placed and lifted, so that who keeps objections in memory sees
-- that it is behind.
CREATE TABLE objection_version (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
) STRICT;

INSERT INTO objection_version VALUES (1, 0);

-- Deleting an objection looks for its tags.
CREATE INDEX objection_tag_of ON objection_tag (objection);

-- What was filed about a signal after it, and about which one.
CREATE INDEX signal_concerning ON signal (concerns) WHERE concerns IS NOT NULL;
CREATE INDEX feedback_of_signal ON feedback (signal);

CREATE TABLE request (
  number      INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  kind        TEXT NOT NULL CHECK (kind IN ('inzage', 'rectificatie', 'wissing', 'bezwaar', 'beperking')),
  controller  TEXT NOT NULL,
  instruction BLOB NOT NULL CHECK (length(instruction) = 16),
  received_on INTEGER NOT NULL,
  extended    TEXT CHECK (extended IN ('complexiteit', 'aantal-verzoeken')),
  handed_from TEXT,                  -- whom it arrived at, when that was the wrong party
  handed_on   INTEGER,
  outcome     TEXT CHECK (outcome IN ('voldaan', 'deels-voldaan', 'afgewezen', 'ingetrokken')),
  closed_on   INTEGER,
  expires_on  INTEGER,               -- with closed_on
  CHECK ((closed_on IS NULL) = (outcome IS NULL) AND (closed_on IS NULL) = (expires_on IS NULL))
) STRICT;

CREATE INDEX request_open ON request (number) WHERE closed_on IS NULL;
CREATE INDEX request_expiring ON request (expires_on) WHERE expires_on IS NOT NULL;
