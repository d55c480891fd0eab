// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// MaxList is the longest list of one answer.
const MaxList = 500

// maxPoll is how long the gateway lets one question wait.
const maxPoll = time.Minute

// Notice (bericht) is a verified notice: to a creditor about a report of its
// own, to a municipality about a signal in its own mailbox. With Claims.Pause it
// says how a pause stands; a creditor observes it as the highest Claims.Pause.Step
// says, whatever the order in which the notices came.
type Notice struct {
	Sequence int64
	Progress gateway.NoticeProgress
	Claims   gateway.Notice
	Compact  string // the compact JWS: keep it, it is evidence
}

// NoticePage is a part of the list, oldest first.
type NoticePage struct {
	Notices []Notice
	Next    int64 // give it as after, to go on
}

// Notices lists the notices with a sequence above after (0: from the first),
// at most MaxList. While there are none the gateway waits up to wait, in whole
// seconds and at most a minute, and then answers with an empty list.
//
// When a notice does not verify, the error is ErrUnverified and names it; the
// page then still holds every notice that did, so that a pause is not missed,
// and Next stops before the first that did not, so that it is not passed over.
func (c *Client) Notices(ctx context.Context, after int64, wait time.Duration) (NoticePage, error) {
	wait = min(max(wait, 0), maxPoll).Truncate(time.Second)
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/v1/berichten", accept: mediaJSON, limit: maxList, patience: wait,
		query: url.Values{"na": {strconv.FormatInt(after, 10)}, "maximum": {strconv.Itoa(MaxList)}, "wacht": {strconv.Itoa(int(wait / time.Second))}}})
	if err != nil {
		return NoticePage{Next: after}, err
	}
	var list struct {
		Notices []listedNotice `json:"berichten"`
		Next    int64          `json:"volgende"`
	}
	if err := decode(a, &list); err != nil {
		return NoticePage{Next: after}, err
	}
	page := NoticePage{Next: max(after, list.Next)}
	var faults []error
	for _, l := range list.Notices {
		n, err := c.notice(ctx, l)
		if err == nil && n.Claims.Kind != l.Kind {
			err = unverified("notice is of another kind than the list says")
		}
		if err != nil {
			if len(faults) == 0 {
				page.Next = max(after, min(page.Next, l.Sequence-1))
			}
			faults = append(faults, fmt.Errorf("notice %d: %w", l.Sequence, err))
			continue
		}
		page.Notices = append(page.Notices, n)
	}
	return page, errors.Join(faults...)
}

type listedNotice struct {
	Sequence int64                  `json:"volgnummer"`
	ID       gateway.NoticeID       `json:"berichtId"`
	Kind     gateway.NoticeKind     `json:"soort"`
	Progress gateway.NoticeProgress `json:"stand"`
	Compact  string                 `json:"bericht"`
}

// notice verifies one notice: signed with a notice key, made out to us, and of the
// id that the list gives it.
func (c *Client) notice(ctx context.Context, l listedNotice) (Notice, error) {
	payload, err := c.verify(ctx, []byte(l.Compact), gateway.TypeNotice)
	if err != nil {
		return Notice{}, err
	}
	var n gateway.Notice
	if json.Unmarshal(payload, &n) != nil {
		return Notice{}, unverified("notice is not the JSON of the contract")
	}
	_, err = gateway.ParseUUID(string(n.ID))
	municipality := c.config.Municipality != ""
	for _, claim := range []struct {
		name string
		ok   bool
	}{
		{"iss", n.Issuer == c.config.GatewayOIN},
		{"aud", n.Audience == c.config.OIN},
		{"berichtId", err == nil && n.ID == l.ID},
		{"soort", n.Kind != ""},
		{"meldingId", (n.ReportID != "") != municipality},
		{"signaalId", (n.SignalID != "") == municipality},
		{"gemeente", c.ours(n.Municipality)},
		{"uitgegevenOp", !n.IssuedAt.IsZero()},
		{"pauze", (n.Pause != nil) == aboutPause(n.Kind) && (n.Pause == nil || sound(n.Pause.Given(n.SignalID)))},
	} {
		if !claim.ok {
			return Notice{}, unverified("notice has an unacceptable " + claim.name)
		}
	}
	if err := c.verifyMoment(ctx, []byte(l.Compact), gateway.TypeNotice, n.IssuedAt); err != nil {
		return Notice{}, err
	}
	return Notice{Sequence: l.Sequence, Progress: l.Progress, Claims: n, Compact: l.Compact}, nil
}

// NoticeConfirmation says how far the gateway has the notice, and since when.
type NoticeConfirmation struct {
	ID       gateway.NoticeID       `json:"berichtId"`
	Progress gateway.NoticeProgress `json:"stand"`
	At       time.Time              `json:"op"`
}

// MaxAgents is how many agents one confirmation may name.
const MaxAgents = 20

// ConfirmNotice tells the gateway that a notice was received or, by a creditor,
// that its pause is in force in its own books, and then which agents (bailiff,
// collection agency) it told. The same again gives the same answer.
func (c *Client) ConfirmNotice(ctx context.Context, id gateway.NoticeID, to gateway.NoticeProgress, told ...gateway.Agent) (NoticeConfirmation, error) {
	if err := checkConfirmation(id, to, told); err != nil {
		return NoticeConfirmation{}, err
	}
	body, err := json.Marshal(noticeConfirmation{to, told})
	if err != nil {
		return NoticeConfirmation{}, fmt.Errorf("%w: confirmation", ErrInput)
	}
	a, err := c.do(ctx, call{method: http.MethodPut, path: "/v1/berichten/" + string(id) + "/bevestiging",
		contentType: mediaJSON, body: body, accept: mediaJSON, limit: maxAnswer})
	if err != nil {
		return NoticeConfirmation{}, err
	}
	var done NoticeConfirmation
	if err := decode(a, &done); err != nil {
		return NoticeConfirmation{}, err
	}
	if done.ID != id || !slices.Contains([]gateway.NoticeProgress{to, gateway.NoticeApplied}, done.Progress) || done.At.IsZero() {
		return NoticeConfirmation{}, unexpected("confirmation is about something else")
	}
	return done, nil
}

type noticeConfirmation struct {
	Progress gateway.NoticeProgress `json:"stand"`
	Told     []gateway.Agent        `json:"ingelicht,omitzero"`
}

func checkConfirmation(id gateway.NoticeID, to gateway.NoticeProgress, told []gateway.Agent) error {
	if _, err := gateway.ParseUUID(string(id)); err != nil {
		return fmt.Errorf("%w: berichtId: %w", ErrInput, err)
	}
	if to != gateway.NoticeReceived && to != gateway.NoticeApplied {
		return fmt.Errorf("%w: a notice is confirmed as received or applied", ErrInput)
	}
	if len(told) > MaxAgents || len(told) > 0 && to != gateway.NoticeApplied {
		return fmt.Errorf("%w: at most %d agents, and only with a pause that was applied", ErrInput, MaxAgents)
	}
	for _, a := range told {
		if _, ok := gateway.ParseKvK(a.KvK); !ok || !slices.Contains(gateway.AgentKinds(), a.Kind) {
			return fmt.Errorf("%w: an agent is a kind of the closed set and a trade register number of eight digits", ErrInput)
		}
	}
	return nil
}

// aboutPause reports whether a notice of this kind says how a pause stands.
func aboutPause(k gateway.NoticeKind) bool {
	switch k {
	case gateway.NoticeHelpAccepted, gateway.NoticePauseProlonged, gateway.NoticePauseEnded, gateway.NoticePauseCorrected,
		gateway.NoticePauseUpheld, gateway.NoticePauseContested, gateway.NoticePauseExpired, gateway.NoticeClaimPassed, gateway.NoticeClaimTaken,
		gateway.NoticePauseReview, gateway.NoticePauseNotFetched, gateway.NoticePauseNotApplied, gateway.NoticeContestOpen:
		return true
	}
	return false
}
