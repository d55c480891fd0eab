// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// The claims of documents about a pause, as docs/formats.md parts 3, 7, 21 and 22 describe them. Every set is closed.

type pauseClaims struct {
	ID     string `json:"pauzeId"`
	Step   int    `json:"volgnummer"`
	From   string `json:"ingangsdatum"`
	Until  string `json:"einddatum"`
	Review string `json:"toetsdatum"`
}

type givenClaims struct {
	Signal string `json:"signaalId"`
	ID     string `json:"pauzeId"`
	Step   int    `json:"volgnummer"`
	From   string `json:"ingangsdatum"`
	Until  string `json:"einddatum"`
	Review string `json:"toetsdatum"`
}

type receiptClaims struct {
	Issuer   string         `json:"iss"`
	Audience string         `json:"aud"`
	ID       string         `json:"jti"`
	About    string         `json:"betreft"`
	Signal   string         `json:"signaalId"`
	Feedback string         `json:"terugkoppelingId"`
	Pause    string         `json:"pauzeId"`
	Change   string         `json:"wijzigingId"`
	At       time.Time      `json:"ontvangenOp"`
	Digest   string         `json:"sha256"`
	Status   string         `json:"status"`
	Warnings jsontext.Value `json:"waarschuwingen"`
	Trace    string         `json:"spoor"`
	Pauses   []givenClaims  `json:"pauzes"`
	Skipped  jsontext.Value `json:"overgeslagen"` // says nothing of a pause
}

type noticeClaims struct {
	Issuer       string       `json:"iss"`
	Audience     string       `json:"aud"`
	ID           string       `json:"berichtId"`
	Kind         string       `json:"soort"`
	Report       string       `json:"meldingId"`
	Signal       string       `json:"signaalId"`
	Municipality string       `json:"gemeente"`
	Date         string       `json:"datum"`
	At           time.Time    `json:"uitgegevenOp"`
	Pause        *pauseClaims `json:"pauze"`
	Reason       string       `json:"reden"`
	AnswerBy     string       `json:"antwoordVoor"`
	Term         string       `json:"termijn"`
	Earlier      string       `json:"eerdereMeldingId"`
}

type statementClaims struct {
	Issuer       string      `json:"iss"`
	Audience     string      `json:"aud"`
	ID           string      `json:"jti"`
	Report       string      `json:"meldingId"`
	Signal       string      `json:"signaalId"`
	Municipality string      `json:"gemeente"`
	At           time.Time   `json:"uitgegevenOp"`
	State        string      `json:"stand"`
	Contested    bool        `json:"betwist"`
	AnswerBy     string      `json:"antwoordVoor"`
	Pause        pauseClaims `json:"pauze"`
	Steps        []stepClaim `json:"stappen"`
}

type stepClaim struct {
	Number     int            `json:"volgnummer"`
	Kind       string         `json:"soort"`
	By         string         `json:"door"`
	At         time.Time      `json:"op"`
	From       string         `json:"ingangsdatum"`
	Until      string         `json:"einddatum"`
	Review     string         `json:"toetsdatum"`
	Reason     string         `json:"reden"`
	Digest     string         `json:"sha256"`
	Notice     string         `json:"berichtId"`
	ReceivedAt time.Time      `json:"ontvangenOp"`
	AppliedAt  time.Time      `json:"toegepastOp"`
	Told       jsontext.Value `json:"ingelicht"`
}

// claim is one claim and whether it is as it must be.
type claim struct {
	name string
	ok   bool
}

// fit names every claim that is not as it must be.
func fit(claims ...claim) error {
	var wrong []string
	for _, c := range claims {
		if !c.ok {
			wrong = append(wrong, c.name)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: unacceptable %s", ErrPause, strings.Join(wrong, ", "))
	}
	return nil
}

// isMoment keeps moments to those that have a day of four digits of year.
func isMoment(at time.Time) bool { return at.Year() > 1970 && at.Year() < 9000 }

// optional reports whether a claim is absent or as it must be.
func optional(s string, is func(string) bool) bool { return s == "" || is(s) }

func (c receiptClaims) check(about string) error {
	return fit(claim{"iss", IsOIN(c.Issuer)}, claim{"aud", IsOIN(c.Audience)}, claim{"jti", IsUUID(c.ID)}, claim{"betreft", c.About == about},
		claim{"ontvangenOp", isMoment(c.At)}, claim{"sha256", IsHex(c.Digest, 64)}, claim{"status", c.Status == "geaccepteerd"},
		claim{"pauzes", len(c.Pauses) > 0 && len(c.Pauses) <= maxPauses})
}

// ofChange is the receipt of a change: one step of one pause, of which it does not say the kind.
func (c receiptClaims) ofChange() (PauseDocument, error) {
	if err := c.check("pauzewijziging"); err != nil {
		return PauseDocument{}, err
	}
	p := c.Pauses[0]
	if err := fit(claim{"wijzigingId", IsUUID(c.Change)}, claim{"pauzeId", IsUUID(c.Pause) && p.ID == c.Pause},
		claim{"signaalId", c.Signal == "" && p.Signal == ""}, claim{"terugkoppelingId", c.Feedback == ""},
		claim{"overgeslagen", c.Skipped == nil}, claim{"pauzes", len(c.Pauses) == 1 && p.Step > 1}); err != nil {
		return PauseDocument{}, err
	}
	return c.document("")
}

// ofFeedback is the receipt of feedback: the beginning of each pause that it gave.
func (c receiptClaims) ofFeedback() (PauseDocument, error) {
	if err := c.check("terugkoppeling"); err != nil {
		return PauseDocument{}, err
	}
	if err := fit(claim{"terugkoppelingId", IsUUID(c.Feedback)}, claim{"signaalId", IsUUID(c.Signal)},
		claim{"pauzeId", c.Pause == ""}, claim{"wijzigingId", c.Change == ""}); err != nil {
		return PauseDocument{}, err
	}
	seen := map[string]bool{}
	for _, p := range c.Pauses {
		if !IsUUID(p.Signal) || p.Step != 1 || seen[p.ID] {
			return PauseDocument{}, fit(claim{"pauzes", false})
		}
		seen[p.ID] = true
	}
	return c.document(stepBegun)
}

func (c receiptClaims) document(kind string) (PauseDocument, error) {
	d := PauseDocument{issuer: c.Issuer, audience: c.Audience, at: c.At}
	for _, p := range c.Pauses {
		step := PauseStep{Number: p.Step, Kind: kind, By: c.Audience, At: c.At, From: p.From, Until: p.Until, Review: p.Review, Digest: c.Digest}
		if err := step.check(p.ID); err != nil {
			return PauseDocument{}, err
		}
		d.views = append(d.views, pauseView{pause: p.ID, signal: p.Signal, steps: []PauseStep{step}, last: p.Step})
	}
	return d, nil
}

// document is a notice with a pause: a step, or an alarm or reminder that repeats one.
func (c noticeClaims) document() (PauseDocument, error) {
	kind, about := stepOf(c.Kind)
	if err := fit(claim{"iss", IsOIN(c.Issuer)}, claim{"aud", IsOIN(c.Audience)}, claim{"berichtId", IsUUID(c.ID)},
		claim{"soort", about}, claim{"pauze", c.Pause != nil}, claim{"gemeente", isMunicipality(c.Municipality)},
		claim{"meldingId, signaalId", (c.Report == "") != (c.Signal == "") && IsUUID(c.Report+c.Signal)},
		claim{"datum", isDay(c.Date)}, claim{"uitgegevenOp", isMoment(c.At)}, claim{"eerdereMeldingId", c.Earlier == ""}); err != nil {
		return PauseDocument{}, err
	}
	p := *c.Pause
	step := PauseStep{Number: p.Step, Kind: kind, From: p.From, Until: p.Until, Review: p.Review}
	if kind != "" {
		step.At = c.At
	}
	if err := step.check(p.ID); err != nil {
		return PauseDocument{}, err
	}
	return PauseDocument{issuer: c.Issuer, audience: c.Audience, municipality: c.Municipality, report: c.Report, at: c.At,
		views: []pauseView{{pause: p.ID, signal: c.Signal, steps: []PauseStep{step}, last: p.Step}}}, nil
}

// document is a statement: every step so far.
func (c statementClaims) document() (PauseDocument, error) {
	n := len(c.Steps)
	if err := fit(claim{"iss", IsOIN(c.Issuer)}, claim{"aud", IsOIN(c.Audience)}, claim{"jti", IsUUID(c.ID)},
		claim{"gemeente", isMunicipality(c.Municipality)}, claim{"uitgegevenOp", isMoment(c.At)},
		claim{"meldingId, signaalId", (c.Report == "") != (c.Signal == "") && IsUUID(c.Report+c.Signal)},
		claim{"antwoordVoor", optional(c.AnswerBy, isDay)}, claim{"stappen", n > 0 && n <= maxSteps}); err != nil {
		return PauseDocument{}, err
	}
	v := pauseView{pause: c.Pause.ID, signal: c.Signal, last: n}
	// Of a pause that began before steps were kept, who signed its first message and what that was may be absent.
	for i, s := range c.Steps {
		step := PauseStep{Number: s.Number, Kind: s.Kind, By: s.By, At: s.At, From: s.From, Until: s.Until, Review: s.Review, Digest: s.Digest,
			ReceivedAt: s.ReceivedAt, AppliedAt: s.AppliedAt}
		if err := step.check(c.Pause.ID); err != nil {
			return PauseDocument{}, err
		}
		if err := fit(claim{"stappen/volgnummer", s.Number == i+1}, claim{"stappen/soort", isStep(s.Kind) && (s.Kind == stepBegun) == (i == 0)},
			claim{"stappen/door", IsOIN(s.By) || s.By == "" && i == 0}, claim{"stappen/op", isMoment(s.At)},
			claim{"stappen/sha256", IsHex(s.Digest, 64) && s.Kind != stepExpired || s.Digest == "" && (s.Kind == stepExpired || i == 0)}); err != nil {
			return PauseDocument{}, err
		}
		v.steps = append(v.steps, step)
	}
	last := v.steps[n-1]
	now := PauseStep{Number: c.Pause.Step, From: c.Pause.From, Until: c.Pause.Until, Review: c.Pause.Review}
	if err := fit(claim{"pauze", now.Number == n && last.agrees(now)}, claim{"stand", c.State == stateAfter(last.Kind)}); err != nil {
		return PauseDocument{}, err
	}
	return PauseDocument{issuer: c.Issuer, audience: c.Audience, municipality: c.Municipality, report: c.Report, at: c.At, views: []pauseView{v}}, nil
}
