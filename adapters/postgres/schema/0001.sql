-- SPDX-License-Identifier: EUPL-1.2
--
-- Truth of the cluster profile. Tables and columns have the names and the
-- meaning of the standalone store (adapters/sqlite/schema), where their reasons
-- stand; this file tells what differs. Moments (*_at) are milliseconds since
-- 1970, days (day, *_on) are days since 1970, ids are the 16 bytes of a UUID.
--
-- Nothing here can be read back to a person: bodies rest elsewhere, notices are
-- wrapped, tokens are keyed hashes, claims are sealed.

CREATE TABLE party (
  oin           text NOT NULL UNIQUE,
  kind          text NOT NULL CHECK (kind IN ('meldende-partij', 'gemeente', 'functionaris')),
  name          text NOT NULL,
  state         text NOT NULL CHECK (state IN ('actief', 'geschorst', 'beeindigd')),
  municipality  text,
  receipt_alg   text NOT NULL,
  number_format text NOT NULL,
  may_rsa_oaep  boolean NOT NULL,
  body_days     bigint NOT NULL DEFAULT 0,
  token_days    bigint NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX party_of_municipality ON party (municipality) WHERE state = 'actief' AND kind = 'gemeente';

CREATE TABLE agreement (
  id                 text NOT NULL UNIQUE,
  creditor           text NOT NULL,
  municipality       text NOT NULL,
  kinds              text NOT NULL CHECK (kinds::jsonb IS NOT NULL),
  bases              text NOT NULL CHECK (bases::jsonb IS NOT NULL),
  from_on            bigint,
  until_on           bigint,
  threshold_in_cents bigint NOT NULL,
  birth_date_allowed boolean NOT NULL,
  pause_days         bigint NOT NULL,
  prolongations      bigint NOT NULL DEFAULT 1
);

CREATE INDEX agreement_of_pair ON agreement (creditor, municipality);

CREATE TABLE register_version (
  one     bigint PRIMARY KEY CHECK (one = 1),
  version bigint NOT NULL

);

INSERT INTO register_version VALUES (1, 0);

CREATE TABLE mailbox_sequence (
  municipality text NOT NULL UNIQUE,
  last         bigint NOT NULL

);

CREATE TABLE notice_sequence (
  party text NOT NULL UNIQUE,
  last  bigint NOT NULL

);

CREATE TABLE signal (
  number       bigint PRIMARY KEY,
  id           bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  municipality text NOT NULL,
  sequence     bigint NOT NULL CHECK (sequence > 0),
  nature       text NOT NULL CHECK (nature IN ('melding', 'intrekking')),
  concerns     bytea CHECK (length(concerns) = 16),
  creditor     text NOT NULL,
  report_id    bytea NOT NULL CHECK (length(report_id) = 16),
  kind         text NOT NULL,
  urgency      text NOT NULL CHECK (urgency IN ('crisis', 'regulier')),
  deposited_at bigint NOT NULL,
  day          bigint NOT NULL,      -- of deposit, in the Netherlands
  format       text NOT NULL,
  key_id       text NOT NULL,
  size         bigint NOT NULL,
  digest       bytea NOT NULL CHECK (length(digest) = 32),
  keep_days    bigint NOT NULL,      -- term of its body, inherited by what follows from it
  pause_days   bigint NOT NULL,      -- longest pause of the agreement that it came under; 0: of the covenant
  withdrawn_at bigint,
  offered_at   bigint,
  read_at      bigint,
  confirmed_at bigint,
  erased_at    bigint,
  expires_on   bigint NOT NULL,
  holder       text,                  -- who has the claim now, when it was sold
  paused_at    bigint,                -- a claim gets one pause
  answered_at  bigint,                -- the first feedback about it
  prolongations bigint NOT NULL DEFAULT 1,
  corrected_at bigint                 -- the first time
);

CREATE UNIQUE INDEX signal_waiting ON signal (municipality, sequence) WHERE confirmed_at IS NULL AND erased_at IS NULL;

-- Where a body rests outside this database, and the key of that body alone: the
-- row is what makes it readable, so erasing the row erases the body. A body is
-- never without its signal; a signal outlives its body.
CREATE TABLE body (
  number     bigint PRIMARY KEY REFERENCES signal (number),
  scope      text NOT NULL,
  object     text NOT NULL,
  place      bigint NOT NULL CHECK (place >= 0),   -- first byte in the object
  size       bigint NOT NULL CHECK (size > 0),
  key        bytea NOT NULL CHECK (length(key) = 32),
  expires_on bigint NOT NULL
);

CREATE INDEX body_of_object ON body (object);

CREATE TABLE report (
  number             bigint PRIMARY KEY REFERENCES signal (number),
  creditor           text NOT NULL,
  id                 bytea NOT NULL CHECK (length(id) = 16),
  digest             bytea NOT NULL CHECK (length(digest) = 32),
  receipt            bytea NOT NULL,
  entry              bigint NOT NULL,
  withdrawal_digest  bytea CHECK (length(withdrawal_digest) = 32),
  withdrawal_receipt bytea,
  withdrawal_entry   bigint,
  expires_on         bigint NOT NULL,
  batch              bytea CHECK (length(batch) = 16),   -- the file that brought it
  line               bigint,
  UNIQUE (creditor, id)

);

CREATE TABLE trail (
  number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- order of arrival
  municipality text NOT NULL,
  sum          bytea NOT NULL CHECK (length(sum) = 32),
  version      bigint NOT NULL,
  token        text NOT NULL CHECK (token IN ('person', 'resident', 'address', 'claim')),
  signal       bigint NOT NULL,
  claim        bytea,
  day          bigint NOT NULL,
  expires_on   bigint NOT NULL

);

CREATE INDEX trail_of_tag ON trail (municipality, sum, number);

CREATE TABLE relation (
  signal      bigint NOT NULL REFERENCES signal (number) ON DELETE CASCADE,
  other       bigint NOT NULL,
  coincidence text NOT NULL CHECK (coincidence IN ('enkelvoudig', 'meervoudig', 'opeenvolgend', 'herhaald')),
  expires_on  bigint NOT NULL,
  PRIMARY KEY (signal, other)

);

CREATE INDEX relation_expiring ON relation (expires_on);

CREATE TABLE feedback (
  number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- order of arrival
  municipality text NOT NULL,
  id           bytea NOT NULL CHECK (length(id) = 16),
  signal       bytea NOT NULL CHECK (length(signal) = 16),
  digest       bytea NOT NULL CHECK (length(digest) = 32),
  receipt      bytea NOT NULL,
  received_at  bigint NOT NULL,
  expires_on   bigint NOT NULL,
  UNIQUE (municipality, id)

);

-- The audit log: rows 1, 2, 3 … in the order of commits, in a part per month of
-- writing. The number of the last one stands apart: whoever writes has the lock
-- of all writers, so numbers have no gaps. The roles that write may insert
-- here, and nothing else.
CREATE TABLE audit_row (
  number bigint NOT NULL,
  month  integer NOT NULL,      -- 202611
  leaf   bytea NOT NULL,
  PRIMARY KEY (number, month)
) PARTITION BY RANGE (month);

CREATE TABLE audit_row_rest PARTITION OF audit_row DEFAULT;

CREATE TABLE audit_last (
  one    integer PRIMARY KEY CHECK (one = 1),
  number bigint NOT NULL
);

INSERT INTO audit_last VALUES (1, 0);

CREATE FUNCTION audit_row_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.number <= (SELECT number FROM audit_last) THEN   -- rows go in before the number moves
    RAISE EXCEPTION 'audit rows have no gaps and are never replaced';
  END IF;
  RETURN new;
END $$;

CREATE TRIGGER audit_row_in_order BEFORE INSERT ON audit_row FOR EACH ROW EXECUTE FUNCTION audit_row_in_order();

CREATE FUNCTION audit_row_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit rows are never changed or deleted'; END $$;

-- Holds the owner as well.
CREATE TRIGGER audit_row_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_row FOR EACH STATEMENT EXECUTE FUNCTION audit_row_kept();

CREATE FUNCTION audit_last_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.number < old.number THEN
    RAISE EXCEPTION 'the number of the last audit row only grows';
  END IF;
  RETURN new;
END $$;

CREATE TRIGGER audit_last_grows BEFORE UPDATE ON audit_last FOR EACH ROW EXECUTE FUNCTION audit_last_grows();

CREATE TABLE audit_head (
  one  bigint PRIMARY KEY CHECK (one = 1),
  size bigint NOT NULL,
  note bytea NOT NULL

);

CREATE TABLE batch (
  number      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  creditor    text NOT NULL,
  id          bytea NOT NULL CHECK (length(id) = 16),
  sealed      bytea NOT NULL CHECK (length(sealed) = 32),
  payload     bytea CHECK (length(payload) = 32),   -- NULL until verified
  envelope    text NOT NULL,
  layout      text NOT NULL,
  dry         boolean NOT NULL,
  size        bigint NOT NULL,
  spool       text NOT NULL,
  state       text NOT NULL CHECK (state IN ('ontvangen', 'controleren', 'verwerken', 'gereed', 'geweigerd')),
  lines       bigint NOT NULL,
  next        bigint NOT NULL,
  accepted    bigint NOT NULL,
  refused     bigint NOT NULL,
  duplicate   bigint NOT NULL,
  received_at bigint NOT NULL,
  done_at     bigint,
  origin      text NOT NULL,
  trace       text NOT NULL,
  findings    text CHECK (findings IS NULL OR findings::jsonb IS NOT NULL),
  summary     bytea,
  expires_on  bigint,           -- 90 days after done_at; outcomes go with their batch
  parent      bytea CHECK (length(parent) = 8),      -- span of the caller
  exchange    bytea CHECK (length(exchange) = 16),   -- Fsc-Transaction-Id
  UNIQUE (creditor, id)

);

CREATE INDEX batch_expiring ON batch (expires_on) WHERE expires_on IS NOT NULL;

CREATE INDEX batch_pending ON batch (number) WHERE state NOT IN ('gereed', 'geweigerd');

CREATE TABLE finding (
  number  bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  code    text NOT NULL,
  pointer text NOT NULL,
  rule    text NOT NULL,
  text    text NOT NULL,
  batch   bigint NOT NULL DEFAULT 0,   -- the last file that made use of it
  UNIQUE (code, pointer, rule, text)

);

CREATE TABLE outcome (
  batch     bigint NOT NULL REFERENCES batch (number) ON DELETE CASCADE,
  line      bigint NOT NULL CHECK (line > 0),
  kind      text NOT NULL CHECK (kind IN ('geaccepteerd', 'geweigerd', 'dubbel')),
  report_id bytea CHECK (length(report_id) = 16),
  findings  text CHECK (findings IS NULL OR findings::jsonb IS NOT NULL),
  PRIMARY KEY (batch, line)

);

CREATE TABLE party_key (
  oin       text NOT NULL REFERENCES party (oin) ON DELETE CASCADE,
  position  bigint NOT NULL,
  id        text NOT NULL,
  use       text NOT NULL CHECK (use IN ('sig', 'enc', 'ssh')),
  algorithm text NOT NULL,
  spki      bytea NOT NULL,      -- SubjectPublicKeyInfo, DER; of OpenPGP and SSH the key in its own form
  from_at   bigint,
  until_at  bigint,
  UNIQUE (oin, position)

);

CREATE TABLE notice (
  id           bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  party        text NOT NULL,
  sequence     bigint NOT NULL CHECK (sequence > 0),
  signal       bigint NOT NULL REFERENCES signal (number),
  report_id    bytea CHECK (length(report_id) = 16),   -- NULL in a notice to a municipality
  kind         text NOT NULL,
  pause_id     bytea CHECK (length(pause_id) = 16),
  pause_step   bigint,
  pause_from   bigint,
  pause_until  bigint,
  pause_review bigint,
  scope        text NOT NULL,
  wrapped      bytea NOT NULL,
  digest       bytea NOT NULL CHECK (length(digest) = 32),
  posted_at    bigint NOT NULL,
  received_at  bigint,
  applied_at   bigint,
  told         text CHECK (told IS NULL OR told::jsonb IS NOT NULL),         -- agents of the creditor
  expires_on   bigint NOT NULL,
  offered_at   bigint,                                -- first time in a list of its party
  UNIQUE (party, sequence)

);

CREATE INDEX notice_of_signal ON notice (signal);

CREATE INDEX notice_unapplied ON notice (posted_at) WHERE pause_id IS NOT NULL AND applied_at IS NULL;

CREATE TABLE pause (
  number       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id           bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  signal       bigint NOT NULL REFERENCES signal (number),
  holder       text NOT NULL,           -- the creditor that must observe it
  steps        bigint NOT NULL,
  from_on      bigint NOT NULL,
  until_on     bigint NOT NULL,
  review_on    bigint,
  state        text NOT NULL CHECK (state IN ('loopt', 'verstreken', 'beeindigd')),
  prolonged    bigint NOT NULL,
  contested_at bigint,                 -- while a contest has no answer
  answer_by    bigint,
  expires_on   bigint NOT NULL         -- 90 days after its last day

);

CREATE INDEX pause_of_signal ON pause (signal);

CREATE INDEX pause_running ON pause (until_on) WHERE state = 'loopt';

CREATE INDEX pause_contested ON pause (answer_by) WHERE state = 'loopt' AND contested_at IS NOT NULL;

CREATE INDEX pause_reviewed ON pause (review_on) WHERE state = 'loopt' AND review_on IS NOT NULL;

CREATE INDEX pause_expiring ON pause (expires_on);

CREATE TABLE pause_step (
  pause     bigint NOT NULL REFERENCES pause (number) ON DELETE CASCADE,
  step      bigint NOT NULL CHECK (step > 0),
  kind      text NOT NULL CHECK (kind IN ('begonnen', 'verlengd', 'beeindigd', 'gecorrigeerd', 'betwist', 'gehandhaafd', 'overgedragen', 'verstreken')),
  party     text NOT NULL,
  at        bigint NOT NULL,
  from_on   bigint NOT NULL,
  until_on  bigint NOT NULL,
  review_on bigint,
  reason    text NOT NULL,
  digest    bytea CHECK (length(digest) = 32),   -- of the signed message; NULL when its date passed
  notice    bytea CHECK (length(notice) = 16),
  PRIMARY KEY (pause, step)

);

CREATE TABLE pause_change (
  party      text NOT NULL,
  id         bytea NOT NULL CHECK (length(id) = 16),
  pause      bytea NOT NULL CHECK (length(pause) = 16),
  digest     bytea NOT NULL CHECK (length(digest) = 32),
  receipt    bytea NOT NULL,
  at         bigint NOT NULL,
  expires_on bigint NOT NULL,                  -- with the signal
  signal     bigint,
  UNIQUE (party, id)

);

CREATE INDEX pause_change_expiring ON pause_change (expires_on);

CREATE TABLE alarm (
  kind       text NOT NULL,
  subject    bytea NOT NULL CHECK (length(subject) = 16),   -- a notice, a pause or a signal
  term       text NOT NULL,
  party      text NOT NULL,                                -- who must act
  raised_at  bigint NOT NULL,
  settled_at bigint,
  expires_on bigint NOT NULL,
  PRIMARY KEY (subject, kind, term)

);

CREATE INDEX alarm_open ON alarm (kind) WHERE settled_at IS NULL;

CREATE INDEX alarm_expiring ON alarm (expires_on);

CREATE TABLE webhook (
  party    text NOT NULL UNIQUE REFERENCES party (oin) ON DELETE CASCADE,
  url      text NOT NULL,
  state    text NOT NULL CHECK (state IN ('actief', 'uitgezet')),
  since_at bigint NOT NULL,
  notices  bigint CHECK (notices >= 0),   -- the last sequence announced; NULL: not asked for
  signals  bigint CHECK (signals >= 0)

);

CREATE TABLE webhook_event (
  number     bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id         bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  party      text NOT NULL,
  subject    text NOT NULL CHECK (subject IN ('berichten', 'signalen')),
  up_to      bigint NOT NULL CHECK (up_to > 0),
  made_at    bigint NOT NULL,
  state      text NOT NULL CHECK (state IN ('wachtend', 'bezorgd', 'vervallen', 'onbestelbaar')),
  attempts   bigint NOT NULL,
  failure    text NOT NULL,
  next_at    bigint,
  done_at    bigint,
  expires_on bigint,          -- 30 days after done_at
  CHECK ((state = 'wachtend') = (next_at IS NOT NULL)),
  CHECK ((state = 'wachtend') = (done_at IS NULL))

);

CREATE INDEX webhook_event_due ON webhook_event (next_at) WHERE state = 'wachtend';

CREATE INDEX webhook_event_of_party ON webhook_event (party, state, subject);

CREATE INDEX webhook_event_expiring ON webhook_event (expires_on) WHERE expires_on IS NOT NULL;

CREATE TABLE reorganisation (
  id          bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  formers     text NOT NULL CHECK (formers::jsonb IS NOT NULL),
  successor   text NOT NULL,
  from_on     bigint NOT NULL,
  state       text NOT NULL CHECK (state IN ('voorbereid', 'uitgevoerd', 'ingetrokken')),
  prepared_at bigint NOT NULL,
  ended_at    bigint

);

CREATE TABLE succession (
  former text NOT NULL UNIQUE,
  holder text NOT NULL

);

CREATE INDEX succession_of_holder ON succession (holder);

CREATE INDEX signal_of_municipality ON signal (municipality);

CREATE TABLE objection (
  number       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id           bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  controller   text NOT NULL,
  municipality text NOT NULL,
  creditor     text,                  -- against whose reports; NULL: everyone's
  instruction  bytea NOT NULL CHECK (length(instruction) = 16),
  placed_on    bigint NOT NULL,
  expires_on   bigint NOT NULL       -- its last day; it blocks until and with that day

);

CREATE INDEX objection_expiring ON objection (expires_on);

CREATE TABLE objection_tag (
  municipality text NOT NULL,
  sum          bytea NOT NULL CHECK (length(sum) = 32),
  version      bigint NOT NULL,
  objection    bigint NOT NULL REFERENCES objection (number) ON DELETE CASCADE,
  token        text NOT NULL CHECK (token IN ('person', 'resident')),
  creditor     text,
  expires_on   bigint NOT NULL,
  PRIMARY KEY (municipality, sum, version, objection)

);

CREATE TABLE objection_version (
  one     bigint PRIMARY KEY CHECK (one = 1),
  version bigint NOT NULL

);

INSERT INTO objection_version VALUES (1, 0);

CREATE INDEX objection_tag_of ON objection_tag (objection);

CREATE INDEX signal_concerning ON signal (concerns) WHERE concerns IS NOT NULL;

CREATE INDEX feedback_of_signal ON feedback (signal);

CREATE TABLE request (
  number      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id          bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  kind        text NOT NULL CHECK (kind IN ('inzage', 'rectificatie', 'wissing', 'bezwaar', 'beperking')),
  controller  text NOT NULL,
  instruction bytea NOT NULL CHECK (length(instruction) = 16),
  received_on bigint NOT NULL,
  extended    text CHECK (extended IN ('complexiteit', 'aantal-verzoeken')),
  handed_from text,                  -- whom it arrived at, when that was the wrong party
  handed_on   bigint,
  outcome     text CHECK (outcome IN ('voldaan', 'deels-voldaan', 'afgewezen', 'ingetrokken')),
  closed_on   bigint,
  expires_on  bigint,               -- with closed_on
  CHECK ((closed_on IS NULL) = (outcome IS NULL) AND (closed_on IS NULL) = (expires_on IS NULL))

);

CREATE INDEX request_open ON request (number) WHERE closed_on IS NULL;

CREATE INDEX request_expiring ON request (expires_on) WHERE expires_on IS NOT NULL;

CREATE TABLE hold (
  number       bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id           bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  creditor     text NOT NULL,
  report_id    bytea NOT NULL CHECK (length(report_id) = 16),
  reason       text NOT NULL CHECK (reason IN ('rechtsvordering', 'toezichthouder', 'beperking')),
  until_on     bigint NOT NULL,
  proposed_by  bytea NOT NULL CHECK (length(proposed_by) = 16),
  proposed_at  bigint NOT NULL,
  confirmed_by bytea CHECK (length(confirmed_by) = 16 AND confirmed_by <> proposed_by),
  confirmed_at bigint,
  lifted_by    bytea CHECK (length(lifted_by) = 16),
  lifted_at    bigint,
  expires_on   bigint NOT NULL

);

CREATE INDEX hold_of_claim ON hold (creditor, report_id) WHERE confirmed_at IS NOT NULL AND lifted_at IS NULL;

CREATE INDEX hold_expiring ON hold (expires_on);

CREATE TABLE deletion_sequence (
  controller text NOT NULL UNIQUE,
  last       bigint NOT NULL

);

CREATE TABLE deletion (
  number     bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id         bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  controller text NOT NULL,
  sequence   bigint NOT NULL CHECK (sequence > 0),
  kind       text NOT NULL,
  reason     text NOT NULL CHECK (reason IN ('termijn', 'bevestigd', 'verzoek', 'sleutel')),
  count      bigint NOT NULL CHECK (count > 0),
  receipt    bytea NOT NULL,
  entry      bigint NOT NULL,
  scope      text,             -- of a destroyed key
  expires_on bigint NOT NULL,
  UNIQUE (controller, sequence)

);

CREATE INDEX deletion_of_scope ON deletion (scope) WHERE scope IS NOT NULL;

CREATE INDEX deletion_expiring ON deletion (expires_on, controller);

CREATE INDEX signal_expiring ON signal (expires_on, municipality);

CREATE INDEX body_expiring ON body (expires_on, scope);

CREATE INDEX body_of_scope ON body (scope);

CREATE INDEX report_expiring ON report (expires_on, creditor);

CREATE INDEX trail_expiring ON trail (expires_on, municipality, signal);

CREATE INDEX feedback_expiring ON feedback (expires_on, municipality);

CREATE INDEX notice_expiring ON notice (expires_on, party);

CREATE INDEX notice_of_scope ON notice (scope);

CREATE INDEX signal_confirmed ON signal (confirmed_at) WHERE confirmed_at IS NOT NULL AND erased_at IS NULL;

CREATE INDEX finding_of_batch ON finding (batch);

CREATE INDEX pause_of_holder ON pause (holder, id);

CREATE INDEX signal_paused ON signal (municipality) WHERE paused_at IS NOT NULL;

CREATE TABLE correction (
  report  bigint NOT NULL REFERENCES report (number) ON DELETE CASCADE,
  id      bytea NOT NULL CHECK (length(id) = 16),
  digest  bytea NOT NULL CHECK (length(digest) = 32),
  receipt bytea NOT NULL,
  entry   bigint NOT NULL,
  PRIMARY KEY (report, id)

);

CREATE INDEX signal_unanswered ON signal (day) WHERE answered_at IS NULL AND nature = 'melding' AND concerns IS NULL;

CREATE INDEX signal_unread ON signal ((day + keep_days))
  WHERE answered_at IS NULL AND nature = 'melding' AND concerns IS NULL AND withdrawn_at IS NULL AND read_at IS NULL AND confirmed_at IS NULL;

CREATE INDEX signal_unanswered_of ON signal (municipality, day) WHERE answered_at IS NULL AND nature = 'melding' AND concerns IS NULL;

CREATE INDEX signal_later ON signal (creditor, report_id) WHERE concerns IS NOT NULL;

CREATE TABLE audit_facet (
  number  bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  event   text NOT NULL,
  actor   text NOT NULL,
  role    text NOT NULL,
  result  text NOT NULL,
  kind    text NOT NULL,          -- first word of the object
  holders text NOT NULL,          -- OINs and municipality codes in the object, slashes between them
  UNIQUE (event, actor, role, result, kind, holders)

);

CREATE TABLE audit_party (
  number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  oin    text NOT NULL UNIQUE

);

CREATE TABLE audit_index (
  number   bigint PRIMARY KEY,
  at       bigint NOT NULL,      -- as the entry says it
  ended_at bigint,               -- when its transaction was about to commit; NULL: indexed later
  facet    bigint NOT NULL,
  subject  bytea CHECK (length(subject) = 16),   -- last UUID in the object
  beside   bytea CHECK (length(beside) = 16),    -- the UUID before it
  signal   bigint,               -- the first signal of the claim; numbers are never given out twice
  trace    bytea NOT NULL CHECK (length(trace) = 16),
  parent   bytea CHECK (length(parent) = 8),     -- span of the caller (W3C trace context)
  exchange bytea CHECK (length(exchange) = 16)   -- Fsc-Transaction-Id

);

CREATE INDEX audit_index_facet ON audit_index (facet, number);

CREATE INDEX audit_index_subject ON audit_index (subject, number) WHERE subject IS NOT NULL;

CREATE INDEX audit_index_beside ON audit_index (beside, number) WHERE beside IS NOT NULL;

CREATE INDEX audit_index_signal ON audit_index (signal, number) WHERE signal IS NOT NULL;

CREATE INDEX audit_index_trace ON audit_index (trace, number);

CREATE TABLE audit_concern (
  party  bigint NOT NULL,
  facet  bigint NOT NULL,
  number bigint NOT NULL,
  span   bytea NOT NULL CHECK (length(span) = 8),   -- random; names the act in the party's own logbook
  PRIMARY KEY (party, facet, number)

);

CREATE INDEX audit_concern_of ON audit_concern (number, party);

CREATE TABLE audit_reach (
  party bigint NOT NULL,
  facet bigint NOT NULL,
  PRIMARY KEY (party, facet)

);

CREATE TABLE audit_block (
  block    bigint PRIMARY KEY,
  from_at  bigint NOT NULL,
  until_at bigint NOT NULL

);

CREATE TABLE audit_deed (
  number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  event  text NOT NULL,
  result text NOT NULL,
  code   text NOT NULL,           -- '': all, with whatever code
  UNIQUE (event, result, code)

);

CREATE TABLE audit_volume (
  party bigint NOT NULL,
  day   bigint NOT NULL,
  deed  bigint NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (party, day, deed)

);

CREATE TABLE logbook_cursor (
  target text NOT NULL UNIQUE,
  number bigint NOT NULL          -- of the last entry that it has

);

CREATE TABLE officer_sight (
  account    bytea PRIMARY KEY CHECK (length(account) = 16),
  size       bigint NOT NULL CHECK (size >= 0),
  checkpoint bytea NOT NULL,
  seen_at    bigint NOT NULL,
  doubted_at bigint,
  expires_on bigint NOT NULL

);

CREATE INDEX officer_sight_expires ON officer_sight (expires_on);

CREATE INDEX officer_sight_doubted ON officer_sight (doubted_at) WHERE doubted_at IS NOT NULL;

CREATE TABLE cosigned (
  witness    text PRIMARY KEY,   -- name of its key
  party      text NOT NULL,      -- its OIN
  size       bigint NOT NULL CHECK (size >= 0),
  checkpoint bytea NOT NULL,
  cosigned_at bigint NOT NULL   -- as the witness says

);

CREATE TABLE policy (
  number      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id          bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  source      text NOT NULL CHECK (source IN ('invoer', 'voorstel')),
  name        text NOT NULL,
  version     text NOT NULL,
  digest      bytea NOT NULL CHECK (length(digest) = 32),
  cases       bytea NOT NULL CHECK (length(cases) = 32),
  previous    bytea NOT NULL CHECK (length(previous) = 32),
  cause       text NOT NULL,
  ticket      text NOT NULL,
  from_on     bigint NOT NULL,
  urgent      boolean NOT NULL,
  proposed_by bytea CHECK (length(proposed_by) = 16),   -- account of the officer; NULL for an import
  proposed_at bigint NOT NULL,
  state       text NOT NULL CHECK (state IN ('voorgesteld', 'vastgesteld', 'ingetrokken', 'afgewezen')),
  adopted_at  bigint,
  ended_by    bytea CHECK (length(ended_by) = 16),
  ended_at    bigint

);

CREATE TABLE policy_file (
  policy bigint NOT NULL REFERENCES policy (number),
  part   text NOT NULL CHECK (part IN ('document', 'geval')),
  name   text NOT NULL,
  data   bytea NOT NULL,
  PRIMARY KEY (policy, part, name)

);

CREATE TABLE policy_approval (
  policy    bigint NOT NULL REFERENCES policy (number),
  officer   bytea NOT NULL CHECK (length(officer) = 16),
  place     bigint NOT NULL,                          -- first, second
  at        bigint NOT NULL,
  origin    text NOT NULL,
  statement bytea NOT NULL,
  PRIMARY KEY (policy, officer)

);

CREATE TABLE decision_fact (
  month      text NOT NULL CHECK (length(month) = 7),
  facts      text NOT NULL,
  count      bigint NOT NULL CHECK (count > 0),
  expires_on bigint NOT NULL,
  PRIMARY KEY (month, facts)

);

CREATE INDEX decision_fact_expires ON decision_fact (expires_on);

CREATE INDEX signal_waiting_crisis ON signal (municipality, sequence) WHERE urgency = 'crisis' AND confirmed_at IS NULL AND erased_at IS NULL;

CREATE TABLE breach (
  number        bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  id            bytea NOT NULL UNIQUE CHECK (length(id) = 16),
  nature        text NOT NULL CHECK (nature IN ('vertrouwelijkheid', 'integriteit', 'beschikbaarheid')),
  opened_by     bytea NOT NULL CHECK (length(opened_by) = 16),   -- account of an officer
  opened_at     bigint NOT NULL,
  discovered_at bigint NOT NULL,
  every         boolean NOT NULL,       -- opened for all parties
  parties       text NOT NULL CHECK (parties::jsonb IS NOT NULL),      -- else for these
  filter        text NOT NULL CHECK (filter::jsonb IS NOT NULL),
  examined_at   bigint,
  entries       bigint NOT NULL,
  more          boolean NOT NULL,
  expires_on    bigint                                         -- 7 years after it was closed for everybody

);

CREATE INDEX breach_expiring ON breach (expires_on) WHERE expires_on IS NOT NULL;

CREATE TABLE breach_touched (
  breach       bigint NOT NULL REFERENCES breach (number) ON DELETE CASCADE,
  party        text NOT NULL,
  entries      bigint NOT NULL,
  signals      bigint NOT NULL,
  persons      bigint NOT NULL,
  unlinked     bigint NOT NULL,        -- signals whose pseudonyms are erased: they count no persons
  kinds        text NOT NULL CHECK (kinds::jsonb IS NOT NULL),
  told_at      bigint,
  authority_at bigint,
  persons_at   bigint,
  closed_at    bigint,
  outcome      text CHECK (outcome IN ('gemeld', 'geen-risico', 'geen-inbreuk')),
  PRIMARY KEY (breach, party),
  CHECK ((closed_at IS NULL) = (outcome IS NULL))

);

CREATE TABLE audit_also (
  number bigint NOT NULL,
  party  bigint NOT NULL,
  signal bigint NOT NULL,         -- the first signal of the claim
  span   bytea NOT NULL CHECK (length(span) = 8),
  PRIMARY KEY (number, party, signal)

);

CREATE INDEX audit_also_signal ON audit_also (signal, number);

CREATE INDEX trail_of_signal ON trail (signal, token, version, sum) WHERE token IN ('person', 'resident');

-- Who has the watch over what one node does for all; epoch fences out one that
-- lost it and does not know yet.
CREATE TABLE watch (
  one      integer PRIMARY KEY CHECK (one = 1),
  epoch    bigint NOT NULL,
  node     text NOT NULL,
  since_at bigint NOT NULL
);

INSERT INTO watch VALUES (1, 0, '', 0);
