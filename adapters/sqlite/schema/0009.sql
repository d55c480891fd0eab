-- SPDX-License-Identifier: EUPL-1.2
--
-- Which signal a change of a pause was about: it outlives its pause, and a hold
-- of the claim keeps it.

ALTER TABLE pause_change ADD COLUMN signal INTEGER;
UPDATE pause_change SET signal = (SELECT p.signal FROM pause AS p WHERE p.id = pause_change.pause);
