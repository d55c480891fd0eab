-- SPDX-License-Identifier: EUPL-1.2
--
-- The log as officers search it: an index beside the leaves, written in the
-- transaction of every act. All of it follows from the leaves and from what was
-- known when they were written; nothing in it is of a person.

-- What entries have in common. A search first finds the facets that it asks for
-- (some thousands in the whole country) and then takes the newest of each.
CREATE TABLE audit_facet (
  number  INTEGER PRIMARY KEY,
  event   TEXT NOT NULL,
  actor   TEXT NOT NULL,
  role    TEXT NOT NULL,
  result  TEXT NOT NULL,
  kind    TEXT NOT NULL,          -- first word of the object
  holders TEXT NOT NULL,          -- OINs and municipality codes in the object, slashes between them
  UNIQUE (event, actor, role, result, kind, holders)
) STRICT;

CREATE TABLE audit_party (
  number INTEGER PRIMARY KEY,
  oin    TEXT NOT NULL UNIQUE
) STRICT;

-- One row per row of the log.
CREATE TABLE audit_index (
  number   INTEGER PRIMARY KEY,
  at       INTEGER NOT NULL,      -- as the entry says it
  ended_at INTEGER,               -- when its transaction was about to commit; NULL: indexed later
  facet    INTEGER NOT NULL,
  subject  BLOB CHECK (length(subject) = 16),   -- last UUID in the object
  beside   BLOB CHECK (length(beside) = 16),    -- the UUID before it
  signal   INTEGER,               -- the first signal of the claim; numbers are never given out twice
  trace    BLOB NOT NULL CHECK (length(trace) = 16),
  parent   BLOB CHECK (length(parent) = 8),     -- span of the caller (W3C trace context)
  exchange BLOB CHECK (length(exchange) = 16)   -- Fsc-Transaction-Id
) STRICT;

CREATE INDEX audit_index_facet ON audit_index (facet);
CREATE INDEX audit_index_subject ON audit_index (subject) WHERE subject IS NOT NULL;
CREATE INDEX audit_index_beside ON audit_index (beside) WHERE beside IS NOT NULL;
CREATE INDEX audit_index_signal ON audit_index (signal) WHERE signal IS NOT NULL;
CREATE INDEX audit_index_trace ON audit_index (trace);

-- Whose an entry is; nobody else finds it.
CREATE TABLE audit_concern (
  party  INTEGER NOT NULL,
  facet  INTEGER NOT NULL,
  number INTEGER NOT NULL,
  span   BLOB NOT NULL CHECK (length(span) = 8),   -- random; names the act in the party's own logbook
  PRIMARY KEY (party, facet, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_concern_of ON audit_concern (number);

-- The facets that a party has entries of.
CREATE TABLE audit_reach (
  party INTEGER NOT NULL,
  facet INTEGER NOT NULL,
  PRIMARY KEY (party, facet)
) STRICT, WITHOUT ROWID;

-- Between which moments the entries of a block of 1024 numbers lie, rounded
-- outwards.
CREATE TABLE audit_block (
  block    INTEGER PRIMARY KEY,
  from_at  INTEGER NOT NULL,
  until_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_deed (
  number INTEGER PRIMARY KEY,
  event  TEXT NOT NULL,
  result TEXT NOT NULL,
  code   TEXT NOT NULL,           -- '': all, with whatever code
  UNIQUE (event, result, code)
) STRICT;

-- How often, per day (in the Netherlands) and party; party 0 is everyone, each
-- entry once.
CREATE TABLE audit_volume (
  party INTEGER NOT NULL,
  day   INTEGER NOT NULL,
  deed  INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (party, day, deed)
) STRICT, WITHOUT ROWID;
