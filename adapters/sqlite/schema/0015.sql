-- SPDX-License-Identifier: EUPL-1.2
-- The policy: its history with the files, who approved it, and coarse facts of
-- decisions to try a changed one on.

CREATE TABLE policy (
  number      INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  source      TEXT NOT NULL CHECK (source IN ('invoer', 'voorstel')),
  name        TEXT NOT NULL,
  version     TEXT NOT NULL,
  digest      BLOB NOT NULL CHECK (length(digest) = 32),
  cases       BLOB NOT NULL CHECK (length(cases) = 32),
  previous    BLOB NOT NULL CHECK (length(previous) = 32),
  cause       TEXT NOT NULL,
  ticket      TEXT NOT NULL,
  from_on     INTEGER NOT NULL,
  urgent      INTEGER NOT NULL CHECK (urgent IN (0, 1)),
  proposed_by BLOB CHECK (length(proposed_by) = 16),   -- account of the officer; NULL for an import
  proposed_at INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('voorgesteld', 'vastgesteld', 'ingetrokken', 'afgewezen')),
  adopted_at  INTEGER,
  ended_by    BLOB CHECK (length(ended_by) = 16),
  ended_at    INTEGER
) STRICT;

CREATE TABLE policy_file (
  policy INTEGER NOT NULL REFERENCES policy (number),
  part   TEXT NOT NULL CHECK (part IN ('document', 'geval')),
  name   TEXT NOT NULL,
  data   BLOB NOT NULL,
  PRIMARY KEY (policy, part, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_approval (
  policy    INTEGER NOT NULL REFERENCES policy (number),
  officer   BLOB NOT NULL CHECK (length(officer) = 16),
  place     INTEGER NOT NULL,                          -- first, second
  at        INTEGER NOT NULL,
  origin    TEXT NOT NULL,
  statement BLOB NOT NULL,
  PRIMARY KEY (policy, officer)
) STRICT, WITHOUT ROWID;

-- Facts of permitted reports by month, without report, person, party,
-- municipality or day, and counted, so that no row is of one report and their
-- order tells nothing (docs/decisions/0019-decision-facts.md).
CREATE TABLE decision_fact (
  month      TEXT NOT NULL CHECK (length(month) = 7),
  facts      TEXT NOT NULL,
  count      INTEGER NOT NULL CHECK (count > 0),
  expires_on INTEGER NOT NULL,
  PRIMARY KEY (month, facts)
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_fact_expires ON decision_fact (expires_on);
