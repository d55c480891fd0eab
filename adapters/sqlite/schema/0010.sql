-- SPDX-License-Identifier: EUPL-1.2
--
-- The pauses of one creditor or municipality, for its own list.

CREATE INDEX pause_of_holder ON pause (holder, id);
CREATE INDEX signal_paused ON signal (municipality) WHERE paused_at IS NOT NULL;
