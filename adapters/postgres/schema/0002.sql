-- SPDX-License-Identifier: EUPL-1.2
--
-- Who may do what. The roles are made by the database administrator
-- (deploy/postgres/roles.sql); a store without them is refused.
--
-- seinhuis_poort    the gateway: writes of the journey and of feedback
-- seinhuis_deur     a door answering one party: reads that party's rows
-- seinhuis_console  privacy officers: read the log's index, keep their own records
-- seinhuis_bewaring retention and the rights of data subjects: the one that deletes
--
-- Rows of the log are inserted by all that act and changed by none.

REVOKE ALL ON ALL TABLES IN SCHEMA seinhuis FROM PUBLIC;
GRANT USAGE ON SCHEMA seinhuis TO seinhuis_poort, seinhuis_deur, seinhuis_console, seinhuis_bewaring;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA seinhuis TO seinhuis_poort, seinhuis_console, seinhuis_bewaring;
GRANT SELECT ON ALL TABLES IN SCHEMA seinhuis TO seinhuis_poort, seinhuis_bewaring;

GRANT INSERT, UPDATE ON
  party, party_key, agreement, register_version, mailbox_sequence, notice_sequence, signal, body, report, trail, relation,
  feedback, batch, finding, outcome, notice, pause, pause_step, pause_change, alarm, webhook, webhook_event, reorganisation,
  succession, objection, objection_tag, objection_version, request, deletion_sequence, deletion, correction,
  logbook_cursor, officer_sight, cosigned, policy, policy_file, policy_approval, decision_fact, breach, breach_touched,
  audit_head, audit_last, audit_facet, audit_party, audit_reach, audit_block, audit_deed, audit_volume, watch
  TO seinhuis_poort;
GRANT INSERT ON audit_row, audit_index, audit_concern, audit_also TO seinhuis_poort, seinhuis_bewaring, seinhuis_console;

-- What goes leaves a mark, or a proof; what is held goes under another key.
GRANT INSERT, UPDATE ON hold, deletion, deletion_sequence, audit_last, audit_facet, audit_party, audit_reach, audit_block, audit_deed, audit_volume
  TO seinhuis_bewaring;
GRANT UPDATE ON signal, body, notice, objection_version TO seinhuis_bewaring;
GRANT INSERT, UPDATE ON objection, objection_tag TO seinhuis_bewaring;

-- What follows from an act of a party itself, and is no erasure of what it left.
GRANT DELETE ON party_key, webhook, alarm, trail TO seinhuis_poort;
GRANT DELETE ON signal, body, report, trail, relation, feedback, batch, outcome, finding, notice, pause, pause_change, alarm,
  webhook_event, objection, request, hold, deletion, decision_fact, officer_sight, breach, breach_touched
  TO seinhuis_bewaring;

-- Officers: never bodies, receipts, tokens or notices.
GRANT SELECT ON audit_row, audit_head, audit_last, audit_facet, audit_party, audit_index, audit_concern, audit_reach, audit_block, audit_deed,
  audit_volume, audit_also, party, party_key, agreement, register_version, reorganisation, succession, officer_sight, cosigned, policy,
  policy_file, policy_approval, decision_fact, breach, breach_touched, request, hold, deletion, webhook, webhook_event, alarm, batch
  TO seinhuis_console;
GRANT INSERT, UPDATE ON officer_sight, breach, breach_touched, cosigned, policy, policy_file, policy_approval, request,
  audit_last, audit_facet, audit_party, audit_reach, audit_block, audit_deed, audit_volume
  TO seinhuis_console;
GRANT DELETE ON officer_sight, breach_touched TO seinhuis_console;
-- What an entry of the log is about, and what there is and is due, they see by
-- columns that hold no person.
GRANT SELECT ON pause, watch TO seinhuis_console;
GRANT SELECT (number, id, municipality, sequence, nature, concerns, creditor, report_id, kind, urgency, deposited_at, day, holder, confirmed_at,
  erased_at, paused_at, answered_at, expires_on) ON signal TO seinhuis_console;
GRANT SELECT (number, scope, expires_on) ON body TO seinhuis_console;
GRANT SELECT (number, creditor, id, expires_on) ON report TO seinhuis_console;
GRANT SELECT (number, municipality, signal, expires_on) ON trail TO seinhuis_console;
GRANT SELECT ON relation TO seinhuis_console;
GRANT SELECT (number, municipality, id, signal, expires_on) ON feedback TO seinhuis_console;
GRANT SELECT (id, party, sequence, signal, report_id, kind, pause_id, pause_step, posted_at, received_at, applied_at, expires_on) ON notice TO seinhuis_console;
GRANT SELECT (party, id, pause, signal, expires_on) ON pause_change TO seinhuis_console;
GRANT SELECT (batch, line) ON outcome TO seinhuis_console;
GRANT SELECT (number, id, controller, expires_on) ON objection TO seinhuis_console;

-- The pass of a door: which party it answers, with proof by a key that only the
-- gateway and this function have. A query that was smuggled in can name another
-- party, and cannot prove it.
CREATE TABLE door_key (
  one integer PRIMARY KEY CHECK (one = 1),
  key bytea NOT NULL CHECK (length(key) = 32)
);
REVOKE ALL ON door_key FROM PUBLIC, seinhuis_poort, seinhuis_deur, seinhuis_console, seinhuis_bewaring;
GRANT SELECT ON door_key TO seinhuis_poort;

CREATE FUNCTION door_party() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = seinhuis, pg_temp AS $$
DECLARE
  party text := current_setting('seinhuis.party', true);
  secret bytea := (SELECT key FROM door_key);
BEGIN
  IF party IS NULL OR secret IS NULL OR current_setting('seinhuis.pass', true) IS DISTINCT FROM
    encode(sha256(secret || sha256(secret || convert_to(party, 'UTF8'))), 'hex') THEN
    RETURN NULL;
  END IF;
  RETURN party;
END $$;
REVOKE ALL ON FUNCTION door_party() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION door_party() TO seinhuis_deur;

GRANT SELECT ON signal, body, report, relation, correction, feedback, notice, pause, pause_step, batch, finding, outcome, deletion, succession
  TO seinhuis_deur;

ALTER TABLE signal ENABLE ROW LEVEL SECURITY;
ALTER TABLE body ENABLE ROW LEVEL SECURITY;
ALTER TABLE report ENABLE ROW LEVEL SECURITY;
ALTER TABLE relation ENABLE ROW LEVEL SECURITY;
ALTER TABLE correction ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE pause ENABLE ROW LEVEL SECURITY;
ALTER TABLE pause_step ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE outcome ENABLE ROW LEVEL SECURITY;
ALTER TABLE deletion ENABLE ROW LEVEL SECURITY;

CREATE POLICY deur ON signal FOR SELECT TO seinhuis_deur
  USING (municipality = (SELECT door_party()) OR creditor = (SELECT door_party()) OR holder = (SELECT door_party())
    OR EXISTS (SELECT FROM notice AS n WHERE n.signal = signal.number AND n.party = (SELECT door_party())));   -- a municipality by its OIN; who sold the claim
CREATE POLICY deur ON body FOR SELECT TO seinhuis_deur
  USING (EXISTS (SELECT FROM signal AS s WHERE s.number = body.number AND s.municipality = (SELECT door_party())));
CREATE POLICY deur ON report FOR SELECT TO seinhuis_deur USING (creditor = (SELECT door_party()));
CREATE POLICY deur ON relation FOR SELECT TO seinhuis_deur
  USING (EXISTS (SELECT FROM signal AS s WHERE s.number = relation.signal AND s.municipality = (SELECT door_party())));
CREATE POLICY deur ON correction FOR SELECT TO seinhuis_deur
  USING (EXISTS (SELECT FROM report AS r WHERE r.number = correction.report AND r.creditor = (SELECT door_party())));
CREATE POLICY deur ON feedback FOR SELECT TO seinhuis_deur USING (municipality = (SELECT door_party()));
CREATE POLICY deur ON notice FOR SELECT TO seinhuis_deur USING (party = (SELECT door_party()));
CREATE POLICY deur ON pause FOR SELECT TO seinhuis_deur
  USING (holder = (SELECT door_party()) OR EXISTS (SELECT FROM signal AS s WHERE s.number = pause.signal
    AND (SELECT door_party()) IN (s.municipality, s.creditor)));
CREATE POLICY deur ON pause_step FOR SELECT TO seinhuis_deur
  USING (EXISTS (SELECT FROM pause AS p WHERE p.number = pause_step.pause));
CREATE POLICY deur ON batch FOR SELECT TO seinhuis_deur USING (creditor = (SELECT door_party()));
CREATE POLICY deur ON outcome FOR SELECT TO seinhuis_deur
  USING (EXISTS (SELECT FROM batch AS b WHERE b.number = outcome.batch));
CREATE POLICY deur ON deletion FOR SELECT TO seinhuis_deur USING (controller = (SELECT door_party()));

-- The others see all rows of the tables that they may read at all.
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['signal', 'body', 'report', 'relation', 'correction', 'feedback', 'notice', 'pause', 'pause_step', 'batch', 'outcome', 'deletion'] LOOP
    EXECUTE format('CREATE POLICY allen ON %I TO seinhuis_poort, seinhuis_console, seinhuis_bewaring USING (true) WITH CHECK (true)', name);
  END LOOP;
END $$;

-- Parts of the log by month are made ahead by whoever has the watch, as the owner.
CREATE FUNCTION make_month(month integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = seinhuis, pg_temp AS $$
BEGIN
  IF month % 100 NOT BETWEEN 1 AND 12 OR month / 100 NOT BETWEEN 2020 AND 2999 THEN
    RAISE EXCEPTION 'no month';
  END IF;
  IF to_regclass(format('audit_row_%s', month)) IS NULL AND NOT EXISTS (SELECT FROM audit_row_rest AS r WHERE r.month = make_month.month) THEN
    EXECUTE format('CREATE TABLE audit_row_%s PARTITION OF audit_row FOR VALUES FROM (%s) TO (%s)', month, month, month + 1);
  END IF;
END $$;
REVOKE ALL ON FUNCTION make_month(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_month(integer) TO seinhuis_poort, seinhuis_bewaring;

-- How many persons signals are about, for officers, who cannot see tokens: one
-- token stands for a person.
CREATE FUNCTION persons_of(signals bytea[], OUT persons bigint, OUT unlinked bigint) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = seinhuis, pg_temp AS $$
  SELECT count(DISTINCT behind.person), count(*) - count(behind.person) FROM (
    SELECT (SELECT t.municipality || '/' || t.version || '/' || encode(t.sum, 'hex') FROM trail AS t
      WHERE t.signal = coalesce(f.number, s.number) AND t.municipality = s.municipality AND t.token IN ('person', 'resident')
      ORDER BY t.version DESC, t.token LIMIT 1) AS person
    FROM unnest(signals) AS k (id) JOIN signal AS s ON s.id = k.id LEFT JOIN signal AS f ON f.id = s.concerns) AS behind
$$;
REVOKE ALL ON FUNCTION persons_of(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION persons_of(bytea[]) TO seinhuis_console;
