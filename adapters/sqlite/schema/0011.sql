-- SPDX-License-Identifier: EUPL-1.2
-- Corrections of reports.
--
-- The message of a correction is a signal of nature 'melding' that concerns the
-- first one. Where a report itself is meant, ask as well for concerns IS NULL.

ALTER TABLE signal ADD COLUMN corrected_at INTEGER;   -- the first time

-- Corrections that have a receipt: the same question gets the same answer. They
-- go with their report.
CREATE TABLE correction (
  report  INTEGER NOT NULL REFERENCES report (number) ON DELETE CASCADE,
  id      BLOB NOT NULL CHECK (length(id) = 16),
  digest  BLOB NOT NULL CHECK (length(digest) = 32),
  receipt BLOB NOT NULL,
  entry   INTEGER NOT NULL,
  PRIMARY KEY (report, id)
) STRICT, WITHOUT ROWID;

DROP INDEX signal_unanswered;
CREATE INDEX signal_unanswered ON signal (day) WHERE answered_at IS NULL AND nature = 'melding' AND concerns IS NULL;
DROP INDEX signal_unanswered_of;
CREATE INDEX signal_unanswered_of ON signal (municipality, day) WHERE answered_at IS NULL AND nature = 'melding' AND concerns IS NULL;
DROP INDEX signal_later;
CREATE INDEX signal_later ON signal (creditor, report_id) WHERE concerns IS NOT NULL;
