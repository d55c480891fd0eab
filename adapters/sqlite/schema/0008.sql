-- SPDX-License-Identifier: EUPL-1.2
--
-- Retention: who may keep less long, what may not be erased yet, and the proof of
-- what was erased.

ALTER TABLE party ADD COLUMN body_days  INTEGER NOT NULL DEFAULT 0;  -- 0: policy's
ALTER TABLE party ADD COLUMN token_days INTEGER NOT NULL DEFAULT 0;

-- A hold keeps all of one claim from being erased. Officers are account numbers.
CREATE TABLE hold (
  number       INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  creditor     TEXT NOT NULL,
  report_id    BLOB NOT NULL CHECK (length(report_id) = 16),
  reason       TEXT NOT NULL CHECK (reason IN ('rechtsvordering', 'toezichthouder', 'beperking')),
  until_on     INTEGER NOT NULL,
  proposed_by  BLOB NOT NULL CHECK (length(proposed_by) = 16),
  proposed_at  INTEGER NOT NULL,
  confirmed_by BLOB CHECK (length(confirmed_by) = 16 AND confirmed_by <> proposed_by),
  confirmed_at INTEGER,
  lifted_by    BLOB CHECK (length(lifted_by) = 16),
  lifted_at    INTEGER,
  expires_on   INTEGER NOT NULL
) STRICT;

CREATE INDEX hold_of_claim ON hold (creditor, report_id) WHERE confirmed_at IS NOT NULL AND lifted_at IS NULL;
CREATE INDEX hold_expiring ON hold (expires_on);

CREATE TABLE deletion_sequence (
  controller TEXT NOT NULL UNIQUE,
  last       INTEGER NOT NULL
) STRICT;

-- Deletion receipts. Of what was erased they hold hashes of random ids only.
CREATE TABLE deletion (
  number     INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  controller TEXT NOT NULL,
  sequence   INTEGER NOT NULL CHECK (sequence > 0),
  kind       TEXT NOT NULL,
  reason     TEXT NOT NULL CHECK (reason IN ('termijn', 'bevestigd', 'verzoek', 'sleutel')),
  count      INTEGER NOT NULL CHECK (count > 0),
  receipt    BLOB NOT NULL,
  entry      INTEGER NOT NULL,
  scope      TEXT,             -- of a destroyed key
  expires_on INTEGER NOT NULL,
  UNIQUE (controller, sequence)
) STRICT;

CREATE INDEX deletion_of_scope ON deletion (scope) WHERE scope IS NOT NULL;

-- The sweep takes what is due in the order of its term, those of one controller
-- together; the count per controller needs the index alone.
CREATE INDEX deletion_expiring ON deletion (expires_on, controller);
DROP INDEX signal_expiring;
CREATE INDEX signal_expiring ON signal (expires_on, municipality);
DROP INDEX body_expiring;
CREATE INDEX body_expiring ON body (expires_on, scope);
CREATE INDEX body_of_scope ON body (scope);
DROP INDEX report_expiring;
CREATE INDEX report_expiring ON report (expires_on, creditor);
DROP INDEX trail_expiring;
CREATE INDEX trail_expiring ON trail (expires_on, municipality, signal);
DROP INDEX feedback_expiring;
CREATE INDEX feedback_expiring ON feedback (expires_on, municipality);
DROP INDEX notice_expiring;
CREATE INDEX notice_expiring ON notice (expires_on, party);
CREATE INDEX notice_of_scope ON notice (scope);
-- Confirmed signals whose body is still there.
CREATE INDEX signal_confirmed ON signal (confirmed_at) WHERE confirmed_at IS NOT NULL AND erased_at IS NULL;
-- Later messages about a claim; its first signal is found by its report.
CREATE INDEX signal_later ON signal (creditor, report_id) WHERE nature <> 'melding';

-- The last file that made use of a finding. Numbers of files only grow, so once
-- every file that is left is newer, no outcome refers to the finding.
ALTER TABLE finding ADD COLUMN batch INTEGER NOT NULL DEFAULT 0;
UPDATE finding SET batch = coalesce((SELECT max(number) FROM batch), 0);
CREATE INDEX finding_of_batch ON finding (batch);
