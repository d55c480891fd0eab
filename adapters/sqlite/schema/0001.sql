-- SPDX-License-Identifier: EUPL-1.2
--
-- Nothing here can be read back to a person: bodies and notices are wrapped,
-- tokens are keyed hashes, claims are sealed. In clear are organisations,
-- identifiers, kinds, states and moments.
--
-- Moments (*_at) are milliseconds since 1970, days (day, *_on) are days since
-- 1970, ids are the 16 bytes of a UUID.

CREATE TABLE party (
  oin           TEXT NOT NULL UNIQUE,
  kind          TEXT NOT NULL CHECK (kind IN ('meldende-partij', 'gemeente', 'functionaris')),
  name          TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('actief', 'geschorst', 'beeindigd')),
  municipality  TEXT,
  receipt_alg   TEXT NOT NULL,
  number_format TEXT NOT NULL,
  may_rsa_oaep  INTEGER NOT NULL CHECK (may_rsa_oaep IN (0, 1))
) STRICT;

-- Two active municipalities with one code would make the mailbox ambiguous.
CREATE UNIQUE INDEX party_of_municipality ON party (municipality) WHERE state = 'actief' AND kind = 'gemeente';

CREATE TABLE party_key (
  oin       TEXT NOT NULL REFERENCES party (oin) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  id        TEXT NOT NULL,
  use       TEXT NOT NULL CHECK (use IN ('sig', 'enc')),
  algorithm TEXT NOT NULL,
  spki      BLOB NOT NULL,      -- SubjectPublicKeyInfo, DER
  from_at   INTEGER,
  until_at  INTEGER,
  UNIQUE (oin, position)
) STRICT;

CREATE TABLE agreement (
  id                 TEXT NOT NULL UNIQUE,
  creditor           TEXT NOT NULL,
  municipality       TEXT NOT NULL,
  kinds              TEXT NOT NULL CHECK (json_valid(kinds)),
  bases              TEXT NOT NULL CHECK (json_valid(bases)),
  from_on            INTEGER,
  until_on           INTEGER,
  threshold_in_cents INTEGER NOT NULL,
  birth_date_allowed INTEGER NOT NULL CHECK (birth_date_allowed IN (0, 1)),
  pause_days         INTEGER NOT NULL
) STRICT;

CREATE INDEX agreement_of_pair ON agreement (creditor, municipality);

CREATE TABLE register_version (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL
) STRICT;

INSERT INTO register_version VALUES (1, 0);

-- The last sequence number given out. Apart from the rows that carry them, so
-- that a number is not given twice after the last row was erased.
CREATE TABLE mailbox_sequence (
  municipality TEXT NOT NULL UNIQUE,
  last         INTEGER NOT NULL
) STRICT;

CREATE TABLE notice_sequence (
  creditor TEXT NOT NULL UNIQUE,
  last     INTEGER NOT NULL
) STRICT;

CREATE TABLE signal (
  number       INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  municipality TEXT NOT NULL,
  sequence     INTEGER NOT NULL CHECK (sequence > 0),
  nature       TEXT NOT NULL CHECK (nature IN ('melding', 'intrekking')),
  concerns     BLOB CHECK (length(concerns) = 16),
  creditor     TEXT NOT NULL,
  report_id    BLOB NOT NULL CHECK (length(report_id) = 16),
  kind         TEXT NOT NULL,
  urgency      TEXT NOT NULL CHECK (urgency IN ('crisis', 'regulier')),
  deposited_at INTEGER NOT NULL,
  day          INTEGER NOT NULL,      -- of deposit, in the Netherlands
  format       TEXT NOT NULL,
  key_id       TEXT NOT NULL,
  size         INTEGER NOT NULL,
  digest       BLOB NOT NULL CHECK (length(digest) = 32),
  keep_days    INTEGER NOT NULL,      -- term of its body, inherited by what follows from it
  pause_days   INTEGER NOT NULL,      -- longest pause of the agreement that it came under; 0: of the covenant
  withdrawn_at INTEGER,
  offered_at   INTEGER,
  read_at      INTEGER,
  confirmed_at INTEGER,
  erased_at    INTEGER,
  expires_on   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX signal_waiting ON signal (municipality, sequence) WHERE confirmed_at IS NULL AND erased_at IS NULL;
CREATE INDEX signal_expiring ON signal (expires_on);

-- A body is never without its signal; a signal outlives its body.
CREATE TABLE body (
  number     INTEGER PRIMARY KEY REFERENCES signal (number),
  scope      TEXT NOT NULL,
  wrapped    BLOB NOT NULL,
  expires_on INTEGER NOT NULL
) STRICT;

CREATE INDEX body_expiring ON body (expires_on);

CREATE TABLE report (
  number             INTEGER PRIMARY KEY REFERENCES signal (number),
  creditor           TEXT NOT NULL,
  id                 BLOB NOT NULL CHECK (length(id) = 16),
  digest             BLOB NOT NULL CHECK (length(digest) = 32),
  receipt            BLOB NOT NULL,
  entry              INTEGER NOT NULL,
  withdrawal_digest  BLOB CHECK (length(withdrawal_digest) = 32),
  withdrawal_receipt BLOB,
  withdrawal_entry   INTEGER,
  expires_on         INTEGER NOT NULL,
  UNIQUE (creditor, id)
) STRICT;

CREATE INDEX report_expiring ON report (expires_on);

-- Signal has no foreign key: it would need an index that is larger than the
-- table, for a deletion that always comes years after the trail's own.
CREATE TABLE trail (
  municipality TEXT NOT NULL,
  sum          BLOB NOT NULL CHECK (length(sum) = 32),
  version      INTEGER NOT NULL,
  token        TEXT NOT NULL CHECK (token IN ('person', 'resident', 'address', 'claim')),
  signal       INTEGER NOT NULL,
  claim        BLOB,
  day          INTEGER NOT NULL,
  expires_on   INTEGER NOT NULL
) STRICT;

CREATE INDEX trail_of_tag ON trail (municipality, sum);
CREATE INDEX trail_expiring ON trail (expires_on);

-- Both directions are stored.
CREATE TABLE relation (
  signal      INTEGER NOT NULL REFERENCES signal (number) ON DELETE CASCADE,
  other       INTEGER NOT NULL,
  coincidence TEXT NOT NULL CHECK (coincidence IN ('enkelvoudig', 'meervoudig', 'opeenvolgend', 'herhaald')),
  expires_on  INTEGER NOT NULL,
  PRIMARY KEY (signal, other)
) STRICT, WITHOUT ROWID;

CREATE INDEX relation_expiring ON relation (expires_on);

CREATE TABLE feedback (
  municipality TEXT NOT NULL,
  id           BLOB NOT NULL CHECK (length(id) = 16),
  signal       BLOB NOT NULL CHECK (length(signal) = 16),
  digest       BLOB NOT NULL CHECK (length(digest) = 32),
  receipt      BLOB NOT NULL,
  received_at  INTEGER NOT NULL,
  expires_on   INTEGER NOT NULL,
  UNIQUE (municipality, id)
) STRICT;

CREATE INDEX feedback_expiring ON feedback (expires_on);

CREATE TABLE notice (
  id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  creditor    TEXT NOT NULL,
  sequence    INTEGER NOT NULL CHECK (sequence > 0),
  report_id   BLOB NOT NULL CHECK (length(report_id) = 16),
  kind        TEXT NOT NULL,
  pause_id    BLOB CHECK (length(pause_id) = 16),
  pause_from  INTEGER,
  pause_until INTEGER,
  scope       TEXT NOT NULL,
  wrapped     BLOB NOT NULL,
  digest      BLOB NOT NULL CHECK (length(digest) = 32),
  posted_at   INTEGER NOT NULL,
  received_at INTEGER,
  applied_at  INTEGER,
  expires_on  INTEGER NOT NULL,
  UNIQUE (creditor, sequence)
) STRICT;

CREATE INDEX notice_of_report ON notice (creditor, report_id);
CREATE INDEX notice_expiring ON notice (expires_on);

-- The audit log: rows 1, 2, 3 … in the order of commits.
CREATE TABLE audit_row (
  number INTEGER PRIMARY KEY,
  leaf   BLOB NOT NULL
) STRICT;

-- The first trigger also stops INSERT OR REPLACE, which deletes without asking
-- the third.
CREATE TRIGGER audit_row_in_order BEFORE INSERT ON audit_row
WHEN new.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit_row)
BEGIN SELECT RAISE(ABORT, 'audit rows have no gaps and are never replaced'); END;

CREATE TRIGGER audit_row_unchanged BEFORE UPDATE ON audit_row
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;

CREATE TRIGGER audit_row_kept BEFORE DELETE ON audit_row
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;

CREATE TABLE audit_head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL,
  note BLOB NOT NULL
) STRICT;
