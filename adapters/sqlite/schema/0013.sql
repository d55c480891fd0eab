-- SPDX-License-Identifier: EUPL-1.2
-- The processing log of controllers (Logboek Dataverwerkingen).

-- How far the logbook of a controller, elsewhere, has confirmed.
CREATE TABLE logbook_cursor (
  target TEXT NOT NULL UNIQUE,
  number INTEGER NOT NULL          -- of the last entry that it has
) STRICT;

-- A row of the processing log finds its person by it, as long as the tokens
-- live. Signals come in order of number, so it grows at one end.
CREATE INDEX trail_of_signal ON trail (signal) WHERE token IN ('person', 'resident');
