-- SPDX-License-Identifier: EUPL-1.2
--
-- Files of reports, and parties' keys that are no JOSE keys. A file itself is
-- never here: the spool keeps it, sealed, until it was processed.

CREATE TABLE batch (
  number      INTEGER PRIMARY KEY,
  creditor    TEXT NOT NULL,
  id          BLOB NOT NULL CHECK (length(id) = 16),
  sealed      BLOB NOT NULL CHECK (length(sealed) = 32),
  payload     BLOB CHECK (length(payload) = 32),   -- NULL until verified
  envelope    TEXT NOT NULL,
  layout      TEXT NOT NULL,
  dry         INTEGER NOT NULL CHECK (dry IN (0, 1)),
  size        INTEGER NOT NULL,
  spool       TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('ontvangen', 'controleren', 'verwerken', 'gereed', 'geweigerd')),
  lines       INTEGER NOT NULL,
  next        INTEGER NOT NULL,
  accepted    INTEGER NOT NULL,
  refused     INTEGER NOT NULL,
  duplicate   INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  done_at     INTEGER,
  origin      TEXT NOT NULL,
  trace       TEXT NOT NULL,
  findings    TEXT CHECK (json_valid(findings)),
  summary     BLOB,
  expires_on  INTEGER,          -- 90 days after done_at; outcomes go with their batch
  UNIQUE (creditor, id)
) STRICT;

CREATE INDEX batch_expiring ON batch (expires_on) WHERE expires_on IS NOT NULL;

CREATE INDEX batch_pending ON batch (number) WHERE state NOT IN ('gereed', 'geweigerd');

-- Every finding that some line ever got, once: few differ, and a file of faults
-- may not grow the store far beyond its own size. They are kept as they were
-- told, because the summary's digest covers them.
CREATE TABLE finding (
  number  INTEGER PRIMARY KEY,
  code    TEXT NOT NULL,
  pointer TEXT NOT NULL,
  rule    TEXT NOT NULL,
  text    TEXT NOT NULL,
  UNIQUE (code, pointer, rule, text)
) STRICT;

-- What became of each line: codes and ids, never content. findings is a list
-- of numbers of findings.
CREATE TABLE outcome (
  batch     INTEGER NOT NULL REFERENCES batch (number) ON DELETE CASCADE,
  line      INTEGER NOT NULL CHECK (line > 0),
  kind      TEXT NOT NULL CHECK (kind IN ('geaccepteerd', 'geweigerd', 'dubbel')),
  report_id BLOB CHECK (length(report_id) = 16),
  findings  TEXT CHECK (json_valid(findings)),
  PRIMARY KEY (batch, line)
) STRICT, WITHOUT ROWID;

-- Where a report came from, so that a line that was filed just before a crash
-- is known as its own and not as a duplicate.
ALTER TABLE report ADD COLUMN batch BLOB CHECK (length(batch) = 16);
ALTER TABLE report ADD COLUMN line INTEGER;

CREATE TABLE party_key_wider (
  oin       TEXT NOT NULL REFERENCES party (oin) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  id        TEXT NOT NULL,
  use       TEXT NOT NULL CHECK (use IN ('sig', 'enc', 'ssh')),
  algorithm TEXT NOT NULL,
  spki      BLOB NOT NULL,      -- SubjectPublicKeyInfo, DER; of OpenPGP and SSH the key in its own form
  from_at   INTEGER,
  until_at  INTEGER,
  UNIQUE (oin, position)
) STRICT;

INSERT INTO party_key_wider (oin, position, id, use, algorithm, spki, from_at, until_at)
  SELECT oin, position, id, use, algorithm, spki, from_at, until_at FROM party_key;
DROP TABLE party_key;
ALTER TABLE party_key_wider RENAME TO party_key;
