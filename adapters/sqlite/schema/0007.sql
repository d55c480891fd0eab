-- SPDX-License-Identifier: EUPL-1.2
--
-- How old the signals without feedback of one municipality are.

CREATE INDEX signal_unanswered_of ON signal (municipality, day) WHERE answered_at IS NULL AND nature = 'melding';
