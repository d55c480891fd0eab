-- SPDX-License-Identifier: EUPL-1.2
--
-- One row of the processing log per action and person, also of what is about
-- several signals, reaches parties in a list, or comes in a file.

-- The further signals of an entry that is about more than one: each is a row of
-- the party's processing log, under a span of its own. They say no more than the
-- entries of that act about each signal did.
CREATE TABLE audit_also (
  number INTEGER NOT NULL,
  party  INTEGER NOT NULL,
  signal INTEGER NOT NULL,         -- the first signal of the claim
  span   BLOB NOT NULL CHECK (length(span) = 8),
  PRIMARY KEY (number, party, signal)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_also_signal ON audit_also (signal);

-- The lines of a file belong to the call that brought it.
ALTER TABLE batch ADD COLUMN parent BLOB CHECK (length(parent) = 8);      -- span of the caller
ALTER TABLE batch ADD COLUMN exchange BLOB CHECK (length(exchange) = 16); -- Fsc-Transaction-Id

-- When a notice was first in a list that its party asked for.
ALTER TABLE notice ADD COLUMN offered_at INTEGER;
UPDATE notice SET offered_at = coalesce(received_at, applied_at) WHERE coalesce(received_at, applied_at) IS NOT NULL;

-- Whom rows of the processing log are about is looked up without the tokens' own
-- rows, also when a controller asks for one person among all.
DROP INDEX trail_of_signal;
CREATE INDEX trail_of_signal ON trail (signal, token, version, sum) WHERE token IN ('person', 'resident');
