// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/pause"
)

const (
	issuerOIN    gateway.OIN     = "00000099000000001000"
	creditorOIN  gateway.OIN     = "00000099000000002000"
	municipalOIN gateway.OIN     = "00000099000000003000"
	pauseID      gateway.PauseID = "019ac9e0-1c00-7f42-b3c5-6e7f80910213"
	otherPause   gateway.PauseID = "019ac9e0-1c00-7f42-b3c5-6e7f80910214"
	someID                       = "019ac9e0-1c00-7e31-a2b4-5d6e7f809102"
)

// pressbook signs documents as the gateway would; they are the claim types of
// the gateway itself, so that the verifier reads what is written.
type pressbook struct {
	t               testing.TB
	receipts, other *ecdsa.PrivateKey
	keys            proof.KeySet
}

func newPressbook(t testing.TB) pressbook {
	receipts, a := ecKey(t, "r")
	notices, b := ecKey(t, "n")
	_, c := ecKey(t, "unbound")
	bound := func(jwk, use, until string) string {
		return strings.TrimSuffix(jwk, "}") + `,"doel":"` + use + `","geldigVan":"2026-11-01T00:00:00Z"` + until + `}`
	}
	keys, err := proof.ParseKeySet([]byte(`{"keys":[` + bound(a, "receipt-signing", "") + `,` + bound(b, "notice-signing", `,"geldigTot":"2027-06-01T00:00:00Z"`) + `,` + c + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return pressbook{t, receipts, notices, keys}
}

func (p pressbook) sign(typ gateway.StatementType, claims any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Fatal(err)
	}
	key, kid := p.receipts, "r"
	if typ == gateway.TypeNotice {
		key, kid = p.other, "n"
	}
	return es256(p.t, key, fmt.Sprintf(`{"alg":"ES256","kid":"%s","typ":"%s"}`, kid, typ), string(payload))
}

func (p pressbook) notice(kind gateway.NoticeKind, at time.Time, now gateway.Pause) string {
	n := gateway.Notice{Issuer: issuerOIN, Audience: creditorOIN, ID: someID, Kind: kind, ReportID: someID, Municipality: "GM0268",
		Date: gateway.Today(at), IssuedAt: at, Pause: &now}
	if kind == gateway.NoticePauseContested {
		n.Audience, n.ReportID, n.SignalID = municipalOIN, "", someID
	}
	return p.sign(gateway.TypeNotice, n)
}

func (p pressbook) change(at time.Time, now gateway.Pause) string {
	return p.sign(gateway.TypeChangeReceipt, gateway.Receipt{Issuer: issuerOIN, Audience: municipalOIN, ID: someID, About: "pauzewijziging",
		PauseID: now.ID, ChangeID: someID, ReceivedAt: at, Status: "geaccepteerd", Trace: gateway.NewTrace(), Pauses: []gateway.GivenPause{now.Given("")}})
}

func (p pressbook) feedback(at time.Time, given ...gateway.GivenPause) string {
	return p.sign(gateway.TypeFeedbackReceipt, gateway.Receipt{Issuer: issuerOIN, Audience: municipalOIN, ID: someID, About: "terugkoppeling",
		SignalID: someID, FeedbackID: someID, ReceivedAt: at, Status: "geaccepteerd", Trace: gateway.NewTrace(), Pauses: given})
}

func (p pressbook) statement(at time.Time, state gateway.PauseState, steps ...pause.StatementStep) string {
	last := steps[len(steps)-1]
	return p.sign(gateway.TypePauseStatement, pause.Statement{Issuer: issuerOIN, Audience: creditorOIN, ID: someID, ReportID: someID, Municipality: "GM0268",
		IssuedAt: at, State: state, Pause: gateway.Pause{ID: pauseID, Step: last.Number, From: last.From, Until: last.Until, Review: last.Review}, Steps: steps})
}

func (p pressbook) verify(day string, jws ...string) (proof.PauseVerdict, error) {
	var docs []proof.PauseDocument
	for _, j := range jws {
		d, err := p.keys.OpenPauseDocument(j)
		if err != nil {
			return proof.PauseVerdict{}, err
		}
		docs = append(docs, d)
	}
	return proof.VerifyPause(docs, "", day)
}

func on(day string) time.Time {
	at, err := time.Parse(time.RFC3339, day+"T09:30:00.123456Z")
	if err != nil {
		panic(err)
	}
	return at
}

func date(day string) gateway.Date {
	d, err := gateway.ParseDate(day)
	if err != nil {
		panic(err)
	}
	return d
}

// as is the pause of these tests after a step: it began on 28 November.
func as(step int, until string) gateway.Pause {
	return gateway.Pause{ID: pauseID, Step: step, From: date("2026-11-28"), Until: date(until)}
}

// step is one step of a statement, to the millisecond as the store has it.
func step(n int, kind gateway.PauseStepKind, day, until string) pause.StatementStep {
	s := pause.StatementStep{Number: n, Kind: kind, By: municipalOIN, At: on(day).Truncate(time.Millisecond), From: date("2026-11-28"), Until: date(until), Digest: gateway.DigestOf([]byte{byte(n)})}
	if kind == gateway.PauseExpired {
		s.By, s.Digest = issuerOIN, gateway.Digest{}
	}
	return s
}

// life tells one pause to its end: begun, prolonged, contested, upheld, and
// ended on 3 January by a message of 30 December.
func (p pressbook) life() []string {
	return []string{
		p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-12-10")),
		p.notice(gateway.NoticePauseProlonged, on("2026-12-08"), as(2, "2027-01-05")),
		p.notice(gateway.NoticePauseContested, on("2026-12-09"), as(3, "2027-01-05")),
		p.notice(gateway.NoticePauseUpheld, on("2026-12-11"), as(4, "2027-01-05")),
		p.notice(gateway.NoticePauseEnded, on("2026-12-30"), as(5, "2027-01-03")),
	}
}

func TestVerifyPause(t *testing.T) {
	p := newPressbook(t)
	life := p.life()
	whole := p.statement(on("2026-12-30").Add(time.Second), gateway.PauseFinished,
		step(1, gateway.PauseBegun, "2026-11-28", "2026-12-10"), step(2, gateway.PauseProlonged, "2026-12-08", "2027-01-05"),
		step(3, gateway.PauseContested, "2026-12-09", "2027-01-05"), step(4, gateway.PauseUpheld, "2026-12-11", "2027-01-05"),
		step(5, gateway.PauseEnded, "2026-12-30", "2027-01-03"))
	begun := p.statement(on("2026-12-01"), gateway.PauseRuns, step(1, gateway.PauseBegun, "2026-11-28", "2026-12-10"))
	expired := p.statement(on("2026-12-11"), gateway.PauseOver, step(1, gateway.PauseBegun, "2026-11-28", "2026-12-10"),
		step(2, gateway.PauseExpired, "2026-12-11", "2026-12-10"))
	corrected := []string{p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-12-28")), p.notice(gateway.NoticePauseCorrected, on("2026-12-02"), as(2, "2026-12-08"))}
	alarm := p.notice(gateway.NoticePauseNotFetched, on("2026-12-05"), as(1, "2026-12-10"))
	tests := map[string]struct {
		docs    []string
		day     string
		answer  proof.PauseAnswer
		decided int
		final   bool
		missing []int
	}{
		"the day before":           {life, "2026-11-27", proof.PauseNotInForce, 0, true, nil},
		"the first day":            {life, "2026-11-28", proof.PauseInForce, 1, true, nil},
		"prolonged":                {life, "2026-12-20", proof.PauseInForce, 4, true, nil},
		"while contested":          {life, "2026-12-10", proof.PauseInForce, 3, true, nil},
		"the day of the end":       {life, "2026-12-30", proof.PauseInForce, 5, true, nil},
		"its last day":             {life, "2027-01-03", proof.PauseInForce, 5, true, nil},
		"the day after":            {life, "2027-01-04", proof.PauseNotInForce, 5, true, nil},
		"never later":              {life, "2030-01-01", proof.PauseNotInForce, 5, true, nil},
		"in another order":         {reversed(life), "2026-12-20", proof.PauseInForce, 4, true, nil},
		"one statement":            {[]string{whole}, "2026-12-20", proof.PauseInForce, 4, true, nil},
		"statement and papers":     {append([]string{whole}, life...), "2027-01-04", proof.PauseNotInForce, 5, true, nil},
		"statement and what came":  {[]string{begun, life[1]}, "2026-12-20", proof.PauseInForce, 2, false, nil},
		"receipts instead":         {[]string{p.feedback(on("2026-11-28"), as(1, "2026-12-10").Given(someID)), p.change(on("2026-12-08"), as(2, "2027-01-05"))}, "2026-12-20", proof.PauseInForce, 2, false, nil},
		"only the first":           {life[:1], "2026-11-28", proof.PauseInForce, 1, true, nil},
		"later than is known":      {life[:1], "2026-12-10", proof.PauseInForce, 1, false, nil},
		"past what is known":       {life[:1], "2026-12-11", proof.PauseNotInForce, 1, false, nil},
		"an alarm knows more":      {[]string{life[0], alarm}, "2026-12-05", proof.PauseInForce, 1, true, nil},
		"an alarm is no step":      {[]string{alarm}, "2026-12-05", proof.PauseIncomplete, 0, false, []int{1}},
		"a gap":                    {[]string{life[0], life[2], life[4]}, "2026-12-20", proof.PauseIncomplete, 0, false, []int{2, 4}},
		"without the first":        {life[1:], "2026-12-20", proof.PauseIncomplete, 0, false, []int{1}},
		"corrected, before":        {corrected, "2026-12-01", proof.PauseInForce, 1, true, nil},
		"corrected, after its end": {corrected, "2026-12-09", proof.PauseNotInForce, 2, false, nil},
		"expired":                  {[]string{expired}, "2026-12-10", proof.PauseInForce, 1, true, nil},
		"expired, later":           {[]string{expired}, "2026-12-20", proof.PauseNotInForce, 2, true, nil},
		"twice the same":           {[]string{life[0], life[0]}, "2026-11-28", proof.PauseInForce, 1, true, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v, err := p.verify(tt.day, tt.docs...)
			if err != nil {
				t.Fatal(err)
			}
			if v.Answer != tt.answer || v.Decided != tt.decided || v.Final != tt.final || !slices.Equal(v.Missing, tt.missing) || v.Pause != string(pauseID) {
				t.Errorf("%+v", v)
			}
		})
	}
}

// A day is a day in the Netherlands: half past midnight there is the evening
// before in UTC.
func TestPauseAroundMidnight(t *testing.T) {
	p := newPressbook(t)
	late := time.Date(2026, 12, 8, 23, 30, 0, 0, time.UTC) // 9 December, 00:30
	begun := p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-12-28"))
	ended := p.notice(gateway.NoticePauseEnded, late, as(2, "2026-12-09"))
	for day, want := range map[string]proof.PauseAnswer{"2026-12-08": proof.PauseInForce, "2026-12-09": proof.PauseInForce, "2026-12-10": proof.PauseNotInForce} {
		if v, err := p.verify(day, begun, ended); err != nil || v.Answer != want {
			t.Errorf("%s: %+v, %v", day, v, err)
		}
	}
	if v, err := p.verify("2026-12-08", begun, ended); err != nil || v.Decided != 1 {
		t.Errorf("the message of the ninth decides the eighth: %+v, %v", v, err)
	}
}

func TestPauseContradictions(t *testing.T) {
	p := newPressbook(t)
	life := p.life()
	foreign := gateway.Notice{Issuer: municipalOIN, Audience: creditorOIN, ID: someID, Kind: gateway.NoticePauseProlonged, ReportID: someID,
		Municipality: "GM0268", Date: date("2026-12-08"), IssuedAt: on("2026-12-08")}
	now := as(2, "2027-01-05")
	foreign.Pause = &now
	elsewhere := foreign
	elsewhere.Issuer, elsewhere.ReportID = issuerOIN, "019ac9e0-1c00-7e31-a2b4-5d6e7f809103"
	stranger := as(2, "2027-01-05")
	stranger.ID = otherPause
	earlier := as(2, "2027-01-05")
	earlier.From = date("2026-11-27")
	begun := p.statement(on("2026-12-09"), gateway.PauseRuns, step(1, gateway.PauseBegun, "2026-11-28", "2026-12-10"))
	for name, docs := range map[string][]string{
		"another pause":                 {life[0], p.notice(gateway.NoticePauseProlonged, on("2026-12-08"), stranger)},
		"another gateway":               {life[0], p.sign(gateway.TypeNotice, foreign)},
		"another claim":                 {life[0], p.sign(gateway.TypeNotice, elsewhere)},
		"two ends for one step":         {life[0], p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-12-11"))},
		"two moments for one step":      {life[0], p.notice(gateway.NoticeHelpAccepted, on("2026-11-28").Add(time.Hour), as(1, "2026-12-10"))},
		"two kinds for one step":        {life[0], life[1], p.notice(gateway.NoticePauseUpheld, on("2026-12-08"), as(2, "2027-01-05"))},
		"an alarm of another end":       {life[0], p.notice(gateway.NoticePauseNotFetched, on("2026-12-05"), as(1, "2026-12-11"))},
		"a statement that did not know": {begun, life[1]},
		"an alarm that did not know":    {life[0], life[1], p.notice(gateway.NoticePauseNotFetched, on("2026-12-20"), as(1, "2026-12-10"))},
		"a reminder before its step":    {life[0], life[1], p.notice(gateway.NoticePauseReview, on("2026-12-05"), as(2, "2027-01-05"))},
		"a step before the one before":  {life[0], p.notice(gateway.NoticePauseProlonged, on("2026-11-20"), as(2, "2027-01-05"))},
		"a first day that moved":        {life[0], p.notice(gateway.NoticePauseProlonged, on("2026-12-08"), earlier)},
		"an end in the past":            {life[0], p.notice(gateway.NoticePauseEnded, on("2026-12-08"), as(2, "2026-12-07"))},
		"after the end":                 append(life[:5:5], p.notice(gateway.NoticePauseProlonged, on("2026-12-31"), as(6, "2027-01-20"))),
	} {
		if v, err := p.verify("2026-12-20", docs...); !errors.Is(err, proof.ErrPause) {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	if _, err := p.verify("2026-13-01", life...); !errors.Is(err, proof.ErrPause) {
		t.Errorf("no day: %v", err)
	}
	if _, err := proof.VerifyPause([]proof.PauseDocument{{}}, "", "2026-12-01"); !errors.Is(err, proof.ErrPause) {
		t.Errorf("a document that nobody verified: %v", err)
	}
	if _, err := p.verify("2026-12-20"); !errors.Is(err, proof.ErrPause) {
		t.Errorf("no documents: %v", err)
	}
}

// A municipality that was reorganised away has another code from then on.
func TestPauseOfASuccessor(t *testing.T) {
	p := newPressbook(t)
	later := p.altered(p.notice(gateway.NoticePauseProlonged, on("2026-12-08"), as(2, "2027-01-05")), func(m map[string]any) { m["gemeente"] = "GM0363" })
	for _, docs := range [][]string{{p.life()[0], later}, {later, p.life()[0]}} {
		if v, err := p.verify("2026-12-20", docs...); err != nil || v.Answer != proof.PauseInForce || v.Municipality != "GM0363" {
			t.Errorf("%+v, %v", v, err)
		}
	}
}

// A pause of before there were steps: what was signed then, and by whom, may no longer be known.
func TestPauseFromBefore(t *testing.T) {
	p := newPressbook(t)
	first := step(1, gateway.PauseBegun, "2026-11-28", "2026-12-10")
	first.By, first.Digest = "", gateway.Digest{}
	if v, err := p.verify("2026-12-01", p.statement(on("2026-12-02"), gateway.PauseRuns, first)); err != nil || v.Answer != proof.PauseInForce {
		t.Errorf("%+v, %v", v, err)
	}
}

// Clocks of two machines differ a little; that is no contradiction.
func TestPauseStepsOutOfOrderByAMoment(t *testing.T) {
	p := newPressbook(t)
	v, err := p.verify("2026-12-20", p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-12-10")),
		p.notice(gateway.NoticePauseProlonged, on("2026-12-08"), as(2, "2027-01-05")),
		p.notice(gateway.NoticePauseContested, on("2026-12-08").Add(-time.Second), as(3, "2027-01-05")))
	if err != nil || v.Answer != proof.PauseInForce || v.Decided != 3 {
		t.Errorf("%+v, %v", v, err)
	}
}

// Feedback may begin several pauses; the question, or another document, says which.
func TestPauseOfSeveral(t *testing.T) {
	p := newPressbook(t)
	second := as(1, "2026-12-05")
	second.ID = otherPause
	both := p.feedback(on("2026-11-28"), as(1, "2026-12-10").Given(someID), second.Given("019ac9e0-1c00-7e31-a2b4-5d6e7f809103"))
	d, err := p.keys.OpenPauseDocument(both)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.VerifyPause([]proof.PauseDocument{d}, "", "2026-12-08"); !errors.Is(err, proof.ErrPause) || !strings.Contains(err.Error(), "several") {
		t.Errorf("two pauses, not said which: %v", err)
	}
	for id, want := range map[gateway.PauseID]proof.PauseAnswer{pauseID: proof.PauseInForce, otherPause: proof.PauseNotInForce} {
		if v, err := proof.VerifyPause([]proof.PauseDocument{d}, string(id), "2026-12-08"); err != nil || v.Answer != want {
			t.Errorf("%s: %+v, %v", id, v, err)
		}
	}
	if v, err := p.verify("2026-12-08", both, p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-12-10"))); err != nil || v.Pause != string(pauseID) {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestOpenPauseDocument(t *testing.T) {
	p := newPressbook(t)
	stranger := newPressbook(t)
	good := as(1, "2026-12-10")
	step1 := step(1, gateway.PauseBegun, "2026-11-28", "2026-12-10")
	other := func(change func(map[string]any)) string {
		return p.altered(p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), good), change)
	}
	statement := p.statement(on("2026-12-01"), gateway.PauseRuns, step1, step(2, gateway.PauseProlonged, "2026-12-01", "2026-12-20"))
	of := func(change func(map[string]any)) string { return p.altered(statement, change) }
	steps := func(m map[string]any) []any { return m["stappen"].([]any) }
	notice, _ := json.Marshal(map[string]any{"iss": issuerOIN})
	for name, jws := range map[string]string{
		"signed by a stranger":   stranger.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), good),
		"notice by receipt key":  es256(t, p.receipts, `{"alg":"ES256","kid":"r","typ":"bericht+jwt"}`, payloadOf(p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), good))),
		"receipt by notice key":  es256(t, p.other, `{"alg":"ES256","kid":"n","typ":"wijzigingsbewijs+jwt"}`, payloadOf(p.change(on("2026-12-08"), as(2, "2026-12-20")))),
		"notice as statement":    es256(t, p.receipts, `{"alg":"ES256","kid":"r","typ":"pauzeverklaring+jwt"}`, payloadOf(p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), good))),
		"feedback as change":     es256(t, p.receipts, `{"alg":"ES256","kid":"r","typ":"wijzigingsbewijs+jwt"}`, payloadOf(p.feedback(on("2026-11-28"), good.Given(someID)))),
		"change as feedback":     es256(t, p.receipts, `{"alg":"ES256","kid":"r","typ":"terugkoppelingsbewijs+jwt"}`, payloadOf(p.change(on("2026-12-08"), as(2, "2026-12-20")))),
		"other typ":              es256(t, p.receipts, `{"alg":"ES256","kid":"r","typ":"ontvangstbewijs+jwt"}`, string(notice)),
		"no typ":                 es256(t, p.receipts, `{"alg":"ES256","kid":"r"}`, string(notice)),
		"unknown header":         es256(t, p.receipts, `{"alg":"ES256","kid":"r","typ":"pauzeverklaring+jwt","cty":"json"}`, payloadOf(statement)),
		"key bound to nothing":   es256(t, p.receipts, `{"alg":"ES256","kid":"unbound","typ":"pauzeverklaring+jwt"}`, payloadOf(statement)),
		"before the key":         p.notice(gateway.NoticeHelpAccepted, on("2026-10-28"), good),
		"after the key":          p.notice(gateway.NoticeHelpAccepted, on("2027-06-28"), good),
		"no pause":               other(func(m map[string]any) { delete(m, "pauze") }),
		"about something else":   other(func(m map[string]any) { m["soort"] = "afgesloten" }),
		"unknown member":         other(func(m map[string]any) { m["extra"] = 1 }),
		"unknown in pause":       other(func(m map[string]any) { m["pauze"].(map[string]any)["extra"] = 1 }),
		"no gateway":             other(func(m map[string]any) { delete(m, "iss") }),
		"report and signal":      other(func(m map[string]any) { m["signaalId"] = someID }),
		"no report":              other(func(m map[string]any) { delete(m, "meldingId") }),
		"no moment":              other(func(m map[string]any) { delete(m, "uitgegevenOp") }),
		"step 0":                 p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(0, "2026-12-10")),
		"begun as step 2":        p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(2, "2026-12-10")),
		"prolonged as step 1":    p.notice(gateway.NoticePauseProlonged, on("2026-11-28"), as(1, "2026-12-10")),
		"step without end":       p.notice(gateway.NoticePauseProlonged, on("2026-11-28"), as(1_000_000, "2026-12-10")),
		"backward":               p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-11-27")),
		"no date":                other(func(m map[string]any) { m["pauze"].(map[string]any)["einddatum"] = "2026-02-30" }),
		"feedback without pause": p.feedback(on("2026-11-28")),
		"one pause twice":        p.feedback(on("2026-11-28"), good.Given(someID), good.Given(someID)),
		"change of another":      p.altered(p.change(on("2026-12-08"), as(2, "2026-12-20")), func(m map[string]any) { m["pauzeId"] = otherPause }),
		"change that begins":     p.change(on("2026-12-08"), as(1, "2026-12-20")),
		"refused":                p.altered(p.change(on("2026-12-08"), as(2, "2026-12-20")), func(m map[string]any) { m["status"] = "geweigerd" }),
		"statement, no steps":    of(func(m map[string]any) { m["stappen"] = []any{} }),
		"statement, a gap":       of(func(m map[string]any) { steps(m)[1].(map[string]any)["volgnummer"] = 3 }),
		"statement, other end":   of(func(m map[string]any) { m["pauze"].(map[string]any)["einddatum"] = "2026-12-30" }),
		"statement, other step":  of(func(m map[string]any) { m["pauze"].(map[string]any)["volgnummer"] = 1 }),
		"statement, other state": of(func(m map[string]any) { m["stand"] = "verstreken" }),
		"statement, other kind":  of(func(m map[string]any) { steps(m)[1].(map[string]any)["soort"] = "vergeten" }),
		"statement, no moment":   of(func(m map[string]any) { delete(steps(m)[1].(map[string]any), "op") }),
		"statement, no digest":   of(func(m map[string]any) { delete(steps(m)[1].(map[string]any), "sha256") }),
		"statement, one changed": statement[:len(statement)-6] + "AAAAAA",
		"empty":                  "",
		"long":                   strings.Repeat("A", 300<<10),
	} {
		if d, err := p.keys.OpenPauseDocument(jws); !errors.Is(err, proof.ErrPause) && !errors.Is(err, proof.ErrReceipt) || !reflect.DeepEqual(d, proof.PauseDocument{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, jws := range map[string]string{"statement": statement, "notice": other(func(map[string]any) {})} {
		if _, err := p.keys.OpenPauseDocument(jws); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func payloadOf(jws string) string {
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(jws, ".")[1])
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func reversed(docs []string) []string {
	out := slices.Clone(docs)
	slices.Reverse(out)
	return out
}

// altered signs a document once more after a change of its claims.
func (p pressbook) altered(jws string, change func(map[string]any)) string {
	var m map[string]any
	if err := json.Unmarshal([]byte(payloadOf(jws)), &m); err != nil {
		p.t.Fatal(err)
	}
	change(m)
	var h struct {
		Type gateway.StatementType `json:"typ"`
	}
	raw, _ := base64.RawURLEncoding.DecodeString(strings.Split(jws, ".")[0])
	if err := json.Unmarshal(raw, &h); err != nil {
		p.t.Fatal(err)
	}
	return p.sign(h.Type, m)
}

// The day in the Netherlands is computed twice, here and in the gateway; they are the same.
func TestPauseDayIsTheGatewaysDay(t *testing.T) {
	p := newPressbook(t)
	moments := map[string]time.Time{}
	for _, day := range []string{"2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2026-12-31", "2026-07-01"} {
		for _, clock := range []string{"T00:59:59Z", "T21:59:59Z", "T22:00:00Z", "T22:59:59Z", "T23:00:00Z", "T01:00:00Z"} {
			at, err := time.Parse(time.RFC3339, day+clock)
			if err != nil {
				t.Fatal(err)
			}
			moments[day+clock] = at.AddDate(1, 0, 0)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(moments)) {
		at := moments[name]
		today := gateway.Today(at)
		begun := step(1, gateway.PauseBegun, "2026-11-28", "2028-01-30")
		ended := step(2, gateway.PauseEnded, "2026-11-28", today.String())
		ended.At = at
		jws := p.statement(at, gateway.PauseFinished, begun, ended)
		for day, want := range map[gateway.Date]int{today: 2, today.AddDays(-1): 1} {
			if v, err := p.verify(day.String(), jws); err != nil || v.Decided != want {
				t.Errorf("%s, %s: %+v, %v", name, day, v, err)
			}
		}
	}
}

// FuzzPause feeds claims that the gateway signed to the verifier: whatever they are, an answer has every step or says which
// is missing, and holds on no day outside its own dates.
func FuzzPause(f *testing.F) {
	p := newPressbook(f)
	for _, jws := range p.life() {
		f.Add(payloadOf(jws), 0, 20)
	}
	f.Add(payloadOf(p.change(on("2026-12-08"), as(2, "2027-01-05"))), 1, 3)
	f.Add(payloadOf(p.feedback(on("2026-11-28"), as(1, "2026-12-10").Given(someID))), 2, 3)
	f.Add(payloadOf(p.statement(on("2026-12-01"), gateway.PauseRuns, step(1, gateway.PauseBegun, "2026-11-28", "2026-12-10"))), 3, 9)
	types := []gateway.StatementType{gateway.TypeNotice, gateway.TypeChangeReceipt, gateway.TypeFeedbackReceipt, gateway.TypePauseStatement}
	begun := p.notice(gateway.NoticeHelpAccepted, on("2026-11-28"), as(1, "2026-12-10"))
	f.Fuzz(func(t *testing.T, claims string, typ, after int) {
		if typ < 0 || typ >= len(types) {
			return
		}
		key, kid := p.receipts, "r"
		if typ == 0 {
			key, kid = p.other, "n"
		}
		jws := es256(t, key, fmt.Sprintf(`{"alg":"ES256","kid":"%s","typ":"%s"}`, kid, types[typ]), claims)
		day := date("2026-11-28").AddDays(after % 1000).String()
		for _, docs := range [][]string{{jws}, {begun, jws}} {
			v, err := p.verify(day, docs...)
			if err != nil {
				if !errors.Is(err, proof.ErrPause) && !errors.Is(err, proof.ErrReceipt) || v.Answer != "" {
					t.Fatalf("%+v, %v", v, err)
				}
				continue
			}
			if (v.Answer == proof.PauseIncomplete) != (len(v.Missing) > 0) {
				t.Fatalf("%+v", v)
			}
			if v.Answer != proof.PauseInForce {
				continue
			}
			if s := v.Steps[v.Decided-1]; day < s.From || day > s.Until || s.Number != v.Decided {
				t.Fatalf("%+v", v)
			}
		}
	})
}
