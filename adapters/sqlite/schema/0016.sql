-- SPDX-License-Identifier: EUPL-1.2
--
-- What privacy officers keep and count.

-- What waits of threatening situations: few, and asked for by the overview. That
-- of the others is found by the list of what waits.
CREATE INDEX signal_waiting_crisis ON signal (municipality, sequence) WHERE urgency = 'crisis' AND confirmed_at IS NULL AND erased_at IS NULL;

-- Breaches of personal data (AVG art. 33). Nothing of persons: numbers, codes,
-- moments. The filter is what the log was asked.
CREATE TABLE breach (
  number        INTEGER PRIMARY KEY,
  id            BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  nature        TEXT NOT NULL CHECK (nature IN ('vertrouwelijkheid', 'integriteit', 'beschikbaarheid')),
  opened_by     BLOB NOT NULL CHECK (length(opened_by) = 16),   -- account of an officer
  opened_at     INTEGER NOT NULL,
  discovered_at INTEGER NOT NULL,
  every         INTEGER NOT NULL CHECK (every IN (0, 1)),       -- opened for all parties
  parties       TEXT NOT NULL CHECK (json_valid(parties)),      -- else for these
  filter        TEXT NOT NULL CHECK (json_valid(filter)),
  examined_at   INTEGER,
  entries       INTEGER NOT NULL,
  more          INTEGER NOT NULL CHECK (more IN (0, 1)),
  expires_on    INTEGER                                         -- 7 years after it was closed for everybody
) STRICT;

CREATE INDEX breach_expiring ON breach (expires_on) WHERE expires_on IS NOT NULL;

CREATE TABLE breach_touched (
  breach       INTEGER NOT NULL REFERENCES breach (number) ON DELETE CASCADE,
  party        TEXT NOT NULL,
  entries      INTEGER NOT NULL,
  signals      INTEGER NOT NULL,
  persons      INTEGER NOT NULL,
  unlinked     INTEGER NOT NULL,        -- signals whose pseudonyms are erased: they count no persons
  kinds        TEXT NOT NULL CHECK (json_valid(kinds)),
  told_at      INTEGER,
  authority_at INTEGER,
  persons_at   INTEGER,
  closed_at    INTEGER,
  outcome      TEXT CHECK (outcome IN ('gemeld', 'geen-risico', 'geen-inbreuk')),
  PRIMARY KEY (breach, party),
  CHECK ((closed_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;
