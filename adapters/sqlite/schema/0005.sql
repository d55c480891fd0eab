-- SPDX-License-Identifier: EUPL-1.2
--
-- Reorganisations of municipalities.

CREATE TABLE reorganisation (
  id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  formers     TEXT NOT NULL CHECK (json_valid(formers)),
  successor   TEXT NOT NULL,
  from_on     INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('voorbereid', 'uitgevoerd', 'ingetrokken')),
  prepared_at INTEGER NOT NULL,
  ended_at    INTEGER
) STRICT;

-- Who holds now what was under a code that is no more. Never a chain: when a
-- holder goes itself, its rows go along.
CREATE TABLE succession (
  former TEXT NOT NULL UNIQUE,
  holder TEXT NOT NULL
) STRICT;

CREATE INDEX succession_of_holder ON succession (holder);

-- For the day on which a municipality goes, without a walk through all signals
-- of the country while nobody can write.
CREATE INDEX signal_of_municipality ON signal (municipality);
