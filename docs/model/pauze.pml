/* SPDX-License-Identifier: EUPL-1.2 */

/*
 * The life of a signal and of its pause, for the model checker spin. README.md
 * beside this file says what is modelled and what is left out; `check` runs it.
 *
 * A BROKEN_ macro breaks one rule on purpose: the checker must then find the
 * property violated that the rule is there for. Other macros:
 *
 *   PROPERTY=n  watch property Pn only; without it all are watched
 *   KEEP        follow one receipt, any one, to the end (P4, P5)
 *   LIVE        what must happen at last: the storm ends, parties may stay away
 *   CALM        no storm at all, parties may stay away: everything comes to rest
 *   CONTESTED   with LIVE: a pause that outlasts the term of its contest (P8)
 *   SEEN        states that must be reachable, each as a claim that must fail
 */

/* ---- Slices: nothing that a search looks at depends on what it leaves out ---- */

#if defined(KEEP)
#define NO_DAYS_OF_CONTEST
#endif
#if defined(KEEP) || defined(CONTESTED)
#define NO_DAYS_OF_PAUSE /* 24 hours, three working days */
#endif
#if !defined(KEEP) && !defined(SEEN)
#define NO_SECOND_ID
#endif
#if !defined(LIVE) && !defined(CALM) && !defined(SEEN)
#define NO_UNREAD_NOTICE
#endif

/* ---- Words ---- */

/* Requests of the creditor, then of the municipality. Each has one id, so that
 * who sends it again sends the same message. */
mtype = { REPORT, LIST, RECEIVED, APPLIED, CONTEST,
	OFFER, READ, CONFIRM, FEEDBACK, FEEDBACK_NEW_ID, PROLONG, END, UPHOLD };

/* Answers: no, or the receipt that rests in truth. */
#define REFUSED 0
#define RECEIPT 1

/* The signal in its mailbox. */
#define ABSENT    0
#define WAITING   1
#define OFFERED   2
#define GIVEN     3 /* read: every byte was sent */
#define CONFIRMED 4

/* The pause, and what ended it. */
#define NONE     0
#define IN_FORCE 1
#define ENDED    2
#define SIGNED   1
#define DATE     2

/* The contest of a pause. */
#define OPEN   1
#define UPHELD 2
#define CLOSED 3 /* the pause ended */

/* A day that is waited for. */
#define OFF     0
#define RUNNING 1
#define PASSED  2

/* An alarm. */
#define RAISED  1
#define SETTLED 2

/* Notices about the pause that the creditor applies, as a set. */
#define PAUSE_NOTICE   1
#define PROLONG_NOTICE 2
#define END_NOTICE     4

/* ---- Truth: what is on disk. Each change is one d_step: a transaction ---- */

bit  report;       /* the report, its receipt and its signal */
byte signal;       /* ABSENT .. CONFIRMED */
bit  erased;       /* the body is gone */
byte feedback;     /* the id under which feedback was accepted: 1, 2 or none */
byte pauses;       /* pauses that were made for the claim */
byte pause;        /* NONE, IN_FORCE, ENDED */
byte ended_by;     /* SIGNED, DATE */
byte ends;         /* times that an end was written */
bit  prolonging;   /* the signed message that prolongs, with its receipt */
bit  ending;       /* the signed message that ends, with its receipt */
byte contest;      /* OPEN .. CLOSED */
byte progress;     /* of the notice of the pause: 1 ontvangen, 2 toegepast */
byte notices;      /* posted to the creditor: a set of _NOTICE */
bit  told_contest; /* posted to the municipality: a contest waits */
bit  told_upheld;  /* posted to the creditor: the pause stays */
bit  told_unread;  /* posted to the creditor: nobody read the signal in its term */
byte alarm_fetch, alarm_apply, alarm_answer;
bit  told_fetch, told_apply, told_answer; /* the notices of the alarms */
bit  alarm_again;  /* an alarm was raised that had been raised before */

/* Days are not counted: a day that runs may pass at any moment. */
byte term, fetch_by, apply_by, last_day, answer_by;

/* ---- What the parties keep on their own disks ---- */

bit  c_receipt;    /* the creditor holds the receipt of its report */
byte c_applied;    /* the notices that it applied, known by their id */
bit  c_twice;      /* it applied one of them twice */
byte m_has;        /* the municipality: 1 the id, 2 the body, 3 proof that it collected */
bit  m_receipt;    /* it holds the receipt of its feedback */
bit  m_second;     /* it lost its papers: its feedback has a second id */

/* ---- Between them, one line for each party: lost at a crash ---- */

mtype c_line, m_line; /* a request on its way, or in the gateway's memory */
bit  c_done, m_done;  /* its transaction is over, its answer not yet sent */
byte c_answer, m_answer;
byte c_hand;          /* the notice that the creditor is busy with */

/* In a storm anything may crash or be lost, at any step; in the calm nothing
 * does, and parties repeat only what they need. */
bit calm;
#if defined(LIVE)
#define storm !calm
#elif defined(CALM)
#define storm false
#else
#define storm true
#endif

/* One receipt, any one, that its party holds against truth and against every
 * later answer to the same question. */
mtype kept;
bit other_answer;

/* ---- Transactions of the gateway: look again, decide, write ---- */

#define over (pause != IN_FORCE || last_day == PASSED)

/* A message is first looked up by its id and only then judged: what was
 * accepted stays accepted, also when it would be refused today. */
#if defined(BROKEN_NO_IDEMPOTENCY)
#define known(record, refusal) false
#elif defined(BROKEN_JUDGE_FIRST)
#define known(record, refusal) ((record) && !(refusal))
#else
#define known(record, refusal) (record)
#endif

/* One pause for one claim, under whatever id it is asked. */
#if defined(BROKEN_NO_IDEMPOTENCY) || defined(BROKEN_OVERWRITE)
#define has_pause false
#else
#define has_pause (pause != NONE)
#endif

/* What was looked up before the transaction may not decide. */
#ifdef BROKEN_CHECK_OUTSIDE
bit m_over;
#define look_before m_over = over
#define is_over m_over
#else
#define look_before skip
#define is_over over
#endif

inline accept_report() { /* gateway/journey */
	c_answer = RECEIPT;
	if
	:: known(report, false)
	:: else -> report = 1; signal = WAITING; term = RUNNING
	fi
}

inline offer() { /* gateway/mailbox */
	m_answer = (signal == ABSENT || erased -> REFUSED : RECEIPT);
	if :: m_answer == RECEIPT && signal == WAITING -> signal = OFFERED :: else fi
}

inline read() { /* gateway/mailbox */
	m_answer = (erased -> REFUSED : RECEIPT);
	if :: m_answer == RECEIPT && signal < GIVEN -> signal = GIVEN :: else fi
}

inline confirm() { /* gateway/mailbox */
	m_answer = RECEIPT;
	if
	:: known(signal == CONFIRMED, erased)
	:: else ->
		if
		:: erased -> m_answer = REFUSED
		:: else -> signal = CONFIRMED; term = OFF
		fi
	fi
}

inline accept_feedback(id) { /* gateway/feedback: the pause and its notice */
	m_answer = RECEIPT;
	if
	:: known(feedback == id, false)
	:: else ->
		if
#ifndef NO_SECOND_ID
		:: has_pause -> m_answer = REFUSED
#endif
		:: else ->
			feedback = id; pauses = (pauses < 2 -> pauses + 1 : 2);
			pause = IN_FORCE; last_day = RUNNING;
#ifndef NO_DAYS_OF_PAUSE
			fetch_by = RUNNING; apply_by = RUNNING;
#endif
#ifndef BROKEN_NOTICE_LATER
			notices = notices | PAUSE_NOTICE
#endif
		fi
	fi
}

inline list_notices() { /* gateway/feedback: the answer is the list */
#ifdef KEEP
	c_answer = notices & PAUSE_NOTICE
#else
	c_answer = notices
#endif
#ifdef BROKEN_LISTED_IS_APPLIED
	; if :: notices & PAUSE_NOTICE -> progress = 2; fetch_by = OFF; apply_by = OFF :: else fi
#endif
}

inline confirm_notice(how) { /* gateway/feedback: progress only moves forward */
	c_answer = RECEIPT; progress = (progress < how -> how : progress);
	fetch_by = OFF;
	if :: progress == 2 -> apply_by = OFF :: else fi
}

inline accept_prolonging() { /* gateway/pause: a later date, once */
	m_answer = RECEIPT;
	if
	:: known(prolonging, over)
	:: else ->
		if
		:: is_over -> m_answer = REFUSED
		:: else -> prolonging = 1; notices = notices | PROLONG_NOTICE
		fi
	fi
}

inline accept_contest() { /* gateway/pause: it stays in force meanwhile */
	c_answer = RECEIPT;
	if
	:: known(contest != NONE, over)
	:: else ->
		if
		:: over -> c_answer = REFUSED
		:: else ->
			contest = OPEN; told_contest = 1;
#ifndef NO_DAYS_OF_CONTEST
			answer_by = RUNNING
#endif
		fi
	fi
}

inline accept_upholding() { /* gateway/pause */
	m_answer = RECEIPT;
	if
	:: known(contest == UPHELD, over || contest != OPEN)
	:: else ->
		if
		:: over || contest != OPEN -> m_answer = REFUSED
		:: else -> contest = UPHELD; answer_by = OFF; told_upheld = 1
		fi
	fi
}

inline write_end(why) { /* gateway/pause: the end, its reason and its notice */
	pause = ENDED; ended_by = why; ends = (ends < 2 -> ends + 1 : 2);
	notices = notices | END_NOTICE;
	if :: contest == OPEN -> contest = CLOSED; answer_by = OFF :: else fi
}

inline accept_ending() { /* gateway/pause */
	m_answer = RECEIPT;
	if
	:: known(ending, over)
	:: else ->
		if
		:: is_over -> m_answer = REFUSED
		:: else -> ending = 1; last_day = OFF; write_end(SIGNED)
		fi
	fi
}

inline hang_up(line, done, answer) { line = 0; done = 0; answer = 0 }

/* ---- The gateway: one transaction for the request on a line ---- */

active proctype Gateway() {
end:
	do
	:: d_step { /* the creditor's request */
		c_line != 0 && !c_done ->
		if
		:: c_line == REPORT   -> accept_report()
		:: c_line == LIST     -> list_notices()
		:: c_line == RECEIVED -> confirm_notice(1)
		:: c_line == APPLIED  -> confirm_notice(2)
		:: c_line == CONTEST  -> accept_contest()
		fi;
		c_done = 1
	}
	:: d_step { /* the municipality's request */
		m_line != 0 && !m_done ->
		if
		:: m_line == OFFER    -> offer()
		:: m_line == READ     -> read()
		:: m_line == CONFIRM  -> confirm()
		:: m_line == FEEDBACK -> accept_feedback(1)
#ifndef NO_SECOND_ID
		:: m_line == FEEDBACK_NEW_ID -> accept_feedback(2)
#endif
		:: m_line == PROLONG  -> accept_prolonging()
		:: m_line == END      -> accept_ending()
		:: m_line == UPHOLD   -> accept_upholding()
		fi;
		m_done = 1
	}
	/* A crash before the transaction, after it, or while the answer is sent;
	 * or the network lost one of the two. Truth stays, memory goes. */
	:: d_step { storm && c_line != 0 -> hang_up(c_line, c_done, c_answer) }
	:: d_step { storm && m_line != 0 -> hang_up(m_line, m_done, m_answer) }
#ifdef BROKEN_ANSWER_BEFORE_COMMIT
	:: d_step { m_line == FEEDBACK && !m_done -> m_receipt = 1 }
#endif
	od
}

/* ---- The clocks of the gateway: each line is a transaction ---- */

inline raise(alarm, told) { /* gateway/clocks: an alarm with its notices */
	alarm_again = alarm_again || alarm != NONE;
	alarm = RAISED; told = 1
}

#ifdef BROKEN_ALARM_EVERY_ROUND
#define quiet(alarm) true
#else
#define quiet(alarm) (alarm == NONE)
#endif
#ifdef BROKEN_NO_ALARM_AFTER_END
#define still_due (pause == IN_FORCE)
#else
#define still_due true
#endif
#define fetched_late (alarm_fetch == RAISED && progress >= 1)
#define applied_late (alarm_apply == RAISED && progress == 2)
#define answered_late (alarm_answer == RAISED && contest != OPEN)

active proctype Clocks() {
end:
	do
#ifndef BROKEN_NO_ALARM
	:: d_step { fetch_by == PASSED && still_due && quiet(alarm_fetch) -> raise(alarm_fetch, told_fetch) }
	:: d_step { apply_by == PASSED && still_due && quiet(alarm_apply) -> raise(alarm_apply, told_apply) }
	:: d_step { answer_by == PASSED && quiet(alarm_answer) -> raise(alarm_answer, told_answer) }
#endif
	/* It happened after all. */
	:: d_step { fetched_late || applied_late || answered_late ->
		if :: fetched_late -> alarm_fetch = SETTLED :: else fi;
		if :: applied_late -> alarm_apply = SETTLED :: else fi;
		if :: answered_late -> alarm_answer = SETTLED :: else fi
	}
	/* The date of a pause has passed: gateway/pause writes the end. */
#if defined(BROKEN_SILENT_END)
	:: d_step { last_day == PASSED && pause == IN_FORCE -> pause = ENDED; ended_by = DATE; ends = 1 }
#elif defined(BROKEN_END_IN_TWO_STEPS)
	:: d_step { last_day == PASSED && pause == IN_FORCE -> pause = ENDED }; d_step { write_end(DATE) }
#elif defined(BROKEN_END_TOO_EARLY)
	:: d_step { pause == IN_FORCE -> write_end(DATE) }
#else
	:: d_step { last_day == PASSED && pause == IN_FORCE -> write_end(DATE) }
#endif
#ifdef BROKEN_NOTICE_LATER
	:: d_step { pause != NONE && !(notices & PAUSE_NOTICE) -> notices = notices | PAUSE_NOTICE }
#endif
	/* The term of a body is over and nobody read it. */
#if !defined(BROKEN_EXPIRED_IN_SILENCE) && !defined(NO_UNREAD_NOTICE)
	:: d_step { term == PASSED && signal < GIVEN && !told_unread -> told_unread = 1 }
#endif
	/* gateway/retention: the body of a confirmed signal, or one whose term is over. */
#ifdef BROKEN_ERASED_TOO_EARLY
	:: d_step { signal >= OFFERED && !erased -> erased = 1 }
#else
	:: d_step { (signal == CONFIRMED || term == PASSED) && !erased -> erased = 1 }
#endif
	od
}

active proctype Calendar() {
end:
	do
	:: d_step { term == RUNNING -> term = PASSED }
	:: d_step { fetch_by == RUNNING -> fetch_by = PASSED }                        /* 24 hours */
	:: d_step { apply_by == RUNNING && fetch_by != RUNNING -> apply_by = PASSED } /* 3 working days */
#ifndef CONTESTED
	:: d_step { last_day == RUNNING -> last_day = PASSED }
#endif
	:: d_step { answer_by == RUNNING -> answer_by = PASSED }
	od
}

/* ---- The parties. In a storm each may repeat, at any moment and for ever,
 * whatever it ever sent; in the calm only what it still needs ---- */

#define wants(unanswered) (storm || (unanswered))

/* An answer has come. Keep a receipt, or none; compare with the one kept. To
 * ask for a list or a body again is another question: more may be there, or
 * the body may be gone. */
#ifdef KEEP
inline look_at(line, answer) {
	if
	:: kept == 0 && answer == RECEIPT && line != OFFER && line != READ -> kept = line
	:: kept == line && answer != RECEIPT -> other_answer = 1
	:: true
	fi
}
#else
#define look_at(line, answer) skip
#endif

/* A notice of the list, in order; perhaps one that it has applied before. */
inline take(list) {
	if
	:: list & PAUSE_NOTICE -> c_hand = PAUSE_NOTICE
	:: (list & PROLONG_NOTICE) && (c_applied & PAUSE_NOTICE) -> c_hand = PROLONG_NOTICE
	:: (list & END_NOTICE) && (list & ~c_applied & 3) == 0 -> c_hand = END_NOTICE
	:: else
	fi
}

#define paused_here (c_applied & PAUSE_NOTICE)

active proctype Creditor() {
end:
	do
	:: d_step { c_line == 0 && wants(!c_receipt) -> c_line = REPORT }
	:: d_step { c_line == 0 && c_receipt && c_hand == 0 && wants(notices != c_applied) -> c_line = LIST }
	:: d_step { c_line == 0 && c_hand == PAUSE_NOTICE && wants(progress == 0) -> c_line = RECEIVED }
	:: d_step { c_line == 0 && paused_here && wants(progress < 2) -> c_line = APPLIED }
	:: d_step { c_line == 0 && paused_here && wants(contest == NONE && !over) -> c_line = CONTEST }
	:: atomic { c_line == LIST && c_done -> take(c_answer); hang_up(c_line, c_done, c_answer) }
	:: atomic { c_line != 0 && c_line != LIST && c_done ->
		look_at(c_line, c_answer);
		c_receipt = c_receipt || c_line == REPORT;
		hang_up(c_line, c_done, c_answer)
	}
	/* Its own transaction: stop or resume collection, and note the id. */
	:: d_step { c_hand != 0 ->
		if
#ifndef BROKEN_APPLY_WITHOUT_ID
		:: c_applied & c_hand /* known: it came again */
#endif
		:: else -> c_twice = c_twice || (c_applied & c_hand); c_applied = c_applied | c_hand
		fi;
		c_hand = 0
	}
	:: d_step { storm && c_hand != 0 -> c_hand = 0 } /* it crashes */
#if defined(LIVE) || defined(CALM)
	:: break /* it stays away: asks nothing more, and hears nothing */
#endif
	od
}

/* It gives feedback when it is done with the signal: confirmed, or read and gone. */
#define ready (m_has == 3 || (m_has == 2 && erased && signal < CONFIRMED))

inline note(line) {
	if
	:: line == OFFER && m_has == 0 -> m_has = 1
	:: line == READ && m_has == 1 -> m_has = 2
	:: line == CONFIRM -> m_has = 3
	:: line == FEEDBACK || line == FEEDBACK_NEW_ID -> m_receipt = 1
	:: else
	fi
}

active proctype Municipality() {
end:
	do
	:: d_step { m_line == 0 && signal != ABSENT && m_has == 0 && wants(!erased) -> m_line = OFFER }
	:: d_step { m_line == 0 && m_has == 1 && wants(!erased) -> m_line = READ }
	:: d_step { m_line == 0 && m_has >= 2 && wants(m_has == 2 && !(erased && signal < CONFIRMED)) -> m_line = CONFIRM }
	:: d_step { m_line == 0 && ready && wants(!m_receipt) -> m_line = FEEDBACK }
	:: d_step { m_line == 0 && m_receipt && wants(!prolonging && !over) -> look_before; m_line = PROLONG }
	:: d_step { m_line == 0 && m_receipt && wants(!ending && !over) -> look_before; m_line = END }
	:: d_step { m_line == 0 && told_contest && wants(contest == OPEN && !over) -> m_line = UPHOLD }
	:: atomic { m_line != 0 && m_done ->
		look_at(m_line, m_answer);
		if :: m_answer == RECEIPT -> note(m_line) :: else fi;
		hang_up(m_line, m_done, m_answer)
	}
#if defined(LIVE) || defined(CALM)
	:: break /* it stays away */
#endif
#ifndef NO_SECOND_ID
	/* It crashes before it has its receipt, and no longer knows under which id
	 * it gave feedback. The first message may still arrive. */
	:: d_step { ready && !m_receipt && !m_second -> m_second = 1 }
	:: d_step { m_line == 0 && m_second -> m_line = FEEDBACK_NEW_ID }
#endif
	od
}

#ifdef LIVE
active proctype Calm() { calm = 1 }
#endif

/* ---- Properties that hold in every state ---- */

#define implies(a, b) (!(a) || (b))

/* P1 no acknowledged pause is lost. */
#define P1 implies(m_receipt, pause != NONE && (notices & PAUSE_NOTICE))

/* P2 none is applied twice. */
#define P2 (pauses <= 1 && !c_twice)

/* P3 none ends silently, is prolonged silently, or is stopped by a contest. */
#define P3 ( \
	implies(pause == ENDED, ends == 1 && (notices & END_NOTICE)) && \
	implies(pause == ENDED, (ended_by == SIGNED && ending) || (ended_by == DATE && last_day == PASSED)) && \
	implies(pause != ENDED, ends == 0) && \
	implies(prolonging, notices & PROLONG_NOTICE) && \
	implies(contest == OPEN, pause == IN_FORCE) )

/* P4 a receipt means durable. */
#define P4 ( \
	implies(c_receipt, report) && implies(m_receipt, feedback != 0) && implies(m_has == 3, signal == CONFIRMED) && \
	implies(kept == REPORT, report) && implies(kept == CONFIRM, signal == CONFIRMED) && \
	implies(kept == FEEDBACK, feedback == 1) && implies(kept == FEEDBACK_NEW_ID, feedback == 2) && \
	implies(kept == RECEIVED, progress >= 1) && implies(kept == APPLIED, progress == 2) && \
	implies(kept == PROLONG, prolonging) && implies(kept == END, ending) && \
	implies(kept == CONTEST, contest != NONE) && implies(kept == UPHOLD, contest == UPHELD) )

/* P5 same question, same answer. */
#define P5 (!other_answer)

/* P6 no body is erased before it was confirmed or its term was over. */
#define P6 implies(erased, signal == CONFIRMED || term == PASSED)

/* P7 an alarm is raised once, is told, and is settled only when it happened after all. */
#define P7 ( !alarm_again && \
	(alarm_fetch != NONE) == told_fetch && implies(alarm_fetch == SETTLED, progress >= 1) && \
	(alarm_apply != NONE) == told_apply && implies(alarm_apply == SETTLED, progress == 2) && \
	(alarm_answer != NONE) == told_answer && implies(alarm_answer == SETTLED, contest != OPEN) )

#ifndef PROPERTY
#define PROPERTY 0
#endif
#define broken(n, p) ((PROPERTY == 0 || PROPERTY == n) && !(p))

/* It can move only when a property is violated, so it adds no states. */
active proctype Watch() {
end:
	do
	:: broken(1, P1) -> assert(false)
	:: broken(2, P2) -> assert(false)
	:: broken(3, P3) -> assert(false)
	:: broken(4, P4) -> assert(false)
	:: broken(5, P5) -> assert(false)
	:: broken(6, P6) -> assert(false)
	:: broken(7, P7) -> assert(false)
	od
}

/* ---- Properties of whole lives ---- */

/* In each, what is asked and what is promised stay true once they are true; so
 * "always when this, at last that" is "if ever this, at last that". */
#ifdef LIVE
/* P1: the creditor applies the pause, or an alarm says that it did not. */
ltl p1 { <> m_receipt -> <> (paused_here || alarm_fetch != NONE || alarm_apply != NONE) }
/* P6: a reported signal is read, or the creditor hears that it was not. */
ltl p6 { <> c_receipt -> <> (signal >= GIVEN || told_unread) }
/* P8: a contest is answered, or an alarm says that it was not. */
ltl p8 { <> told_contest -> <> (told_contest && (contest != OPEN || alarm_answer != NONE)) }
#endif

/* ---- States that must be reachable: each claim must be refused ---- */

#ifdef SEEN
ltl seen_receipt_lost      { [] !(feedback == 1 && !m_receipt && m_line == 0) }
ltl seen_second_id         { [] !(feedback == 2 && m_receipt) }
ltl seen_applied           { [] !(pause == IN_FORCE && progress == 2) }
ltl seen_again_in_hand     { [] !(c_hand == PAUSE_NOTICE && paused_here) }
ltl seen_prolonged         { [] !(pause == IN_FORCE && c_applied == 3) }
ltl seen_ended_signed      { [] !(ended_by == SIGNED && c_applied == 7 && progress == 2) }
ltl seen_ended_by_date     { [] !(ended_by == DATE && c_applied == 7 && progress == 2) }
ltl seen_end_crosses_date  { [] !(m_line == END && !m_done && last_day == PASSED && pause == IN_FORCE) }
ltl seen_upheld_late       { [] !(contest == UPHELD && alarm_answer == SETTLED && pause == IN_FORCE) }
ltl seen_contest_ended     { [] !(contest == CLOSED && ended_by == SIGNED) }
ltl seen_alarms_open       { [] !(alarm_fetch == RAISED && alarm_apply == RAISED && pause == ENDED) }
ltl seen_alarms_settled    { [] !(alarm_fetch == SETTLED && alarm_apply == SETTLED) }
ltl seen_repeat            { [] !(m_line == END && !m_done && ending) }
ltl seen_feedback_refused  { [] !(m_line == FEEDBACK_NEW_ID && m_done && m_answer == REFUSED) }
ltl seen_prolong_refused   { [] !(m_line == PROLONG && m_done && m_answer == REFUSED) }
ltl seen_end_refused       { [] !(m_line == END && m_done && m_answer == REFUSED) }
ltl seen_contest_refused   { [] !(c_line == CONTEST && c_done && c_answer == REFUSED) }
ltl seen_uphold_refused    { [] !(m_line == UPHOLD && m_done && m_answer == REFUSED) }
ltl seen_body_gone         { [] !(m_line == READ && m_done && m_answer == REFUSED) }
ltl seen_confirm_refused   { [] !(m_line == CONFIRM && m_done && m_answer == REFUSED) }
ltl seen_unread            { [] !(told_unread && erased && signal == OFFERED) }
ltl seen_read_not_confirmed { [] !(erased && signal == GIVEN && pause == IN_FORCE) }
#endif
