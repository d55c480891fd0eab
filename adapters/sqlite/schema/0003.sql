-- SPDX-License-Identifier: EUPL-1.2
--
-- The life of a pause, notices for municipalities, and clocks.

-- Who holds the claim now, when the creditor that reported it sold it.
ALTER TABLE signal ADD COLUMN holder TEXT;
-- A claim gets one pause; this outlives the pause's own rows.
ALTER TABLE signal ADD COLUMN paused_at INTEGER;
-- The first feedback about the signal.
ALTER TABLE signal ADD COLUMN answered_at INTEGER;

UPDATE signal SET
  answered_at = (SELECT min(f.received_at) FROM feedback AS f WHERE f.signal = signal.id),
  paused_at = (SELECT min(n.posted_at) FROM notice AS n
    WHERE n.creditor = signal.creditor AND n.report_id = signal.report_id AND n.pause_id IS NOT NULL);

CREATE INDEX signal_unanswered ON signal (day) WHERE answered_at IS NULL AND nature = 'melding';

ALTER TABLE agreement ADD COLUMN prolongations INTEGER NOT NULL DEFAULT 1;
-- How often the pause of a signal may be prolonged, of the agreement that it came under.
ALTER TABLE signal ADD COLUMN prolongations INTEGER NOT NULL DEFAULT 1;

ALTER TABLE notice_sequence RENAME COLUMN creditor TO party;

CREATE TABLE notice_wider (
  id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  party        TEXT NOT NULL,
  sequence     INTEGER NOT NULL CHECK (sequence > 0),
  signal       INTEGER NOT NULL REFERENCES signal (number),
  report_id    BLOB CHECK (length(report_id) = 16),   -- NULL in a notice to a municipality
  kind         TEXT NOT NULL,
  pause_id     BLOB CHECK (length(pause_id) = 16),
  pause_step   INTEGER,
  pause_from   INTEGER,
  pause_until  INTEGER,
  pause_review INTEGER,
  scope        TEXT NOT NULL,
  wrapped      BLOB NOT NULL,
  digest       BLOB NOT NULL CHECK (length(digest) = 32),
  posted_at    INTEGER NOT NULL,
  received_at  INTEGER,
  applied_at   INTEGER,
  told         TEXT CHECK (json_valid(told)),         -- agents of the creditor
  expires_on   INTEGER NOT NULL,
  UNIQUE (party, sequence)
) STRICT;

INSERT INTO notice_wider (id, party, sequence, signal, report_id, kind, pause_id, pause_step, pause_from, pause_until, scope, wrapped,
    digest, posted_at, received_at, applied_at, expires_on)
  SELECT n.id, n.creditor, n.sequence, r.number, n.report_id, n.kind, n.pause_id, iif(n.pause_id IS NULL, NULL, 1), n.pause_from, n.pause_until,
    n.scope, n.wrapped, n.digest, n.posted_at, n.received_at, n.applied_at, max(n.expires_on, coalesce(n.pause_until + 90, 0))
  FROM notice AS n JOIN report AS r ON r.creditor = n.creditor AND r.id = n.report_id;
DROP TABLE notice;
ALTER TABLE notice_wider RENAME TO notice;

CREATE INDEX notice_of_signal ON notice (signal);
CREATE INDEX notice_expiring ON notice (expires_on);
CREATE INDEX notice_unapplied ON notice (posted_at) WHERE pause_id IS NOT NULL AND applied_at IS NULL;

CREATE TABLE pause (
  number       INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  signal       INTEGER NOT NULL REFERENCES signal (number),
  holder       TEXT NOT NULL,           -- the creditor that must observe it
  steps        INTEGER NOT NULL,
  from_on      INTEGER NOT NULL,
  until_on     INTEGER NOT NULL,
  review_on    INTEGER,
  state        TEXT NOT NULL CHECK (state IN ('loopt', 'verstreken', 'beeindigd')),
  prolonged    INTEGER NOT NULL,
  contested_at INTEGER,                 -- while a contest has no answer
  answer_by    INTEGER,
  expires_on   INTEGER NOT NULL         -- 90 days after its last day
) STRICT;

CREATE INDEX pause_of_signal ON pause (signal);
CREATE INDEX pause_running ON pause (until_on) WHERE state = 'loopt';
CREATE INDEX pause_expiring ON pause (expires_on);

CREATE TABLE pause_step (
  pause     INTEGER NOT NULL REFERENCES pause (number) ON DELETE CASCADE,
  step      INTEGER NOT NULL CHECK (step > 0),
  kind      TEXT NOT NULL CHECK (kind IN ('begonnen', 'verlengd', 'beeindigd', 'gecorrigeerd', 'betwist', 'gehandhaafd', 'overgedragen', 'verstreken')),
  party     TEXT NOT NULL,
  at        INTEGER NOT NULL,
  from_on   INTEGER NOT NULL,
  until_on  INTEGER NOT NULL,
  review_on INTEGER,
  reason    TEXT NOT NULL,
  digest    BLOB CHECK (length(digest) = 32),   -- of the signed message; NULL when its date passed
  notice    BLOB CHECK (length(notice) = 16),
  PRIMARY KEY (pause, step)
) STRICT, WITHOUT ROWID;

-- Changes that have a receipt: the same question gets the same answer.
CREATE TABLE pause_change (
  party      TEXT NOT NULL,
  id         BLOB NOT NULL CHECK (length(id) = 16),
  pause      BLOB NOT NULL CHECK (length(pause) = 16),
  digest     BLOB NOT NULL CHECK (length(digest) = 32),
  receipt    BLOB NOT NULL,
  at         INTEGER NOT NULL,
  expires_on INTEGER NOT NULL,                  -- with the signal
  UNIQUE (party, id)
) STRICT;

CREATE INDEX pause_change_expiring ON pause_change (expires_on);

INSERT INTO pause (id, signal, holder, steps, from_on, until_on, state, prolonged, expires_on)
  SELECT n.pause_id, n.signal, n.party, 1, n.pause_from, n.pause_until, 'loopt', 0, n.pause_until + 90
  FROM notice AS n WHERE n.pause_id IS NOT NULL;
INSERT INTO pause_step (pause, step, kind, party, at, from_on, until_on, reason, digest, notice)
  SELECT p.number, 1, 'begonnen', coalesce((SELECT q.oin FROM party AS q WHERE q.municipality = s.municipality AND q.state = 'actief'), ''),
    n.posted_at, n.pause_from, n.pause_until, '', NULL, n.id
  FROM notice AS n JOIN pause AS p ON p.id = n.pause_id JOIN signal AS s ON s.number = n.signal;

-- Clocks that ran out: each is told once.
CREATE TABLE alarm (
  kind       TEXT NOT NULL,
  subject    BLOB NOT NULL CHECK (length(subject) = 16),   -- a notice, a pause or a signal
  term       TEXT NOT NULL,
  party      TEXT NOT NULL,                                -- who must act
  raised_at  INTEGER NOT NULL,
  settled_at INTEGER,
  expires_on INTEGER NOT NULL,
  PRIMARY KEY (subject, kind, term)
) STRICT, WITHOUT ROWID;

CREATE INDEX alarm_open ON alarm (kind) WHERE settled_at IS NULL;
CREATE INDEX alarm_expiring ON alarm (expires_on);
