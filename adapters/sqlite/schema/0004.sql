-- SPDX-License-Identifier: EUPL-1.2
--
-- Where parties want to hear that something waits for them, and the events
-- that tell them. An event holds no more than party, subject and sequence.

CREATE TABLE webhook (
  party    TEXT NOT NULL UNIQUE REFERENCES party (oin) ON DELETE CASCADE,
  url      TEXT NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('actief', 'uitgezet')),
  since_at INTEGER NOT NULL,
  notices  INTEGER CHECK (notices >= 0),   -- the last sequence announced; NULL: not asked for
  signals  INTEGER CHECK (signals >= 0)
) STRICT;

CREATE TABLE webhook_event (
  number     INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  party      TEXT NOT NULL,
  subject    TEXT NOT NULL CHECK (subject IN ('berichten', 'signalen')),
  up_to      INTEGER NOT NULL CHECK (up_to > 0),
  made_at    INTEGER NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('wachtend', 'bezorgd', 'vervallen', 'onbestelbaar')),
  attempts   INTEGER NOT NULL,
  failure    TEXT NOT NULL,
  next_at    INTEGER,
  done_at    INTEGER,
  expires_on INTEGER,          -- 30 days after done_at
  CHECK ((state = 'wachtend') = (next_at IS NOT NULL)),
  CHECK ((state = 'wachtend') = (done_at IS NULL))
) STRICT;

CREATE INDEX webhook_event_due ON webhook_event (next_at) WHERE state = 'wachtend';
CREATE INDEX webhook_event_of_party ON webhook_event (party, state, subject);
CREATE INDEX webhook_event_expiring ON webhook_event (expires_on) WHERE expires_on IS NOT NULL;
