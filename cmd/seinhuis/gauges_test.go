// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/httpapi"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

var gaugeNow = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// standingNow is a store in which some things wait.
type standingNow struct {
	oversight.Standing
	batch.Store
	head  int64
	rows  []time.Time // of the rows after the head
	prove error
	away  error
}

func (s *standingNow) Parties(context.Context) ([]gateway.Party, error) {
	return []gateway.Party{{OIN: "00000001001479179000", Municipality: "GM0268", Name: "Nijmegen"}, {OIN: reporter, Name: "Energie"}}, s.away
}

func (s *standingNow) Mailboxes(_ context.Context, of []gateway.Municipality) ([]oversight.MailboxCount, error) {
	if len(of) != 1 {
		return nil, fmt.Errorf("asked for %d", len(of))
	}
	return []oversight.MailboxCount{{Municipality: "GM0268", Waiting: 3, Oldest: gaugeNow.Add(-time.Hour), Crisis: 1, OldestCrisis: gaugeNow.Add(-time.Minute)},
		{Municipality: "GM0363", Waiting: 4, Oldest: gaugeNow.Add(-2 * time.Hour)}}, s.away
}

func (s *standingNow) Pending(context.Context) ([]batch.Record, error) {
	return []batch.Record{{State: batch.Processing, ReceivedAt: gaugeNow.Add(-10 * time.Minute)}, {State: batch.Received, ReceivedAt: gaugeNow}}, s.away
}

func (s *standingNow) certificates(context.Context) ([]oversight.Credential, error) {
	return []oversight.Credential{{Kind: oversight.CredentialAuthority, Until: time.Unix(300, 0)}, {Kind: oversight.CredentialAuthority, Until: time.Unix(200, 0)},
		{Kind: oversight.CredentialServer, Until: time.Unix(100, 0)}}, s.away
}

func (s *standingNow) LastHead(context.Context) (int64, []byte, error) { return s.head, nil, s.away }
func (s *standingNow) PutHead(context.Context, int64, []byte) error    { return nil }
func (s *standingNow) Prove(_ context.Context, index int64) ([]byte, []byte, error) {
	if index < 0 || index >= s.head {
		return nil, nil, fmt.Errorf("asked for %d of %d", index, s.head)
	}
	return nil, nil, s.prove
}

func (s *standingNow) Leaves(_ context.Context, after int64, limit int) (leaves [][]byte, err error) {
	for _, at := range s.rows[:min(len(s.rows), limit)] {
		e, err := audit.New(audit.ServiceStarted, byGateway(), audit.Object(audit.KindService), at)
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, e.Leaf())
	}
	return leaves, s.away
}

func (s *standingNow) page(change ...func(*figures)) string {
	m := httpapi.NewMetrics()
	f := figures{clock: func() time.Time { return gaugeNow }, ready: func(context.Context) error { return s.away }, parties: s, standing: s,
		certificates: s.certificates, rows: s, heads: s, log: s, batches: s}
	for _, c := range change {
		c(&f)
	}
	f.show(m)
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func wantLines(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if !strings.Contains(page, "\n"+want+"\n") {
			t.Errorf("lacks %q:\n%s", want, page)
		}
	}
}

// TestFigures: what waits is added up, over all municipalities; nobody is named.
func TestFigures(t *testing.T) {
	s := &standingNow{head: 7, rows: []time.Time{gaugeNow.Add(-30 * time.Second), gaugeNow}}
	page := s.page(func(f *figures) {
		f.watch = func() bool { return true }
		f.skew = func(context.Context) (time.Duration, error) { return -1500 * time.Millisecond, nil }
		f.orphans = func() (int, time.Time) { return 2, gaugeNow }
	})
	wantLines(t, page, `seinhuis_signals_unconfirmed{urgency="alle"} 7`, `seinhuis_signals_unconfirmed{urgency="crisis"} 1`,
		`seinhuis_signals_unconfirmed_oldest_seconds{urgency="alle"} 7200`, `seinhuis_signals_unconfirmed_oldest_seconds{urgency="crisis"} 60`,
		`seinhuis_certificate_end_timestamp_seconds{kind="servercertificaat"} 100`, `seinhuis_certificate_end_timestamp_seconds{kind="uitgever-clientcertificaten"} 200`,
		`seinhuis_batches_waiting{state="verwerken"} 1`, `seinhuis_batch_oldest_seconds 600`, `seinhuis_log_unpublished_rows 2`,
		`seinhuis_log_unpublished_oldest_seconds 30`, `seinhuis_log_sound 1`, `seinhuis_ready 1`, `seinhuis_watch_held 1`,
		`seinhuis_clock_skew_milliseconds 1500`, `seinhuis_orphans_erased 2`, fmt.Sprintf("seinhuis_orphans_swept_timestamp_seconds %d", gaugeNow.Unix()), `seinhuis_gauges_failed 0`,
		fmt.Sprintf("seinhuis_clock_timestamp_seconds %d", gaugeNow.Unix()))
	for _, name := range []string{"GM0", "Nijmegen", "Energie", string(reporter)} {
		if strings.Contains(page, name) {
			t.Errorf("%s is named", name)
		}
	}
}

// TestFiguresOfTrouble: a forked log is told as such; a store that is away says
// nothing about the log, and that figures are missing can be seen.
func TestFiguresOfTrouble(t *testing.T) {
	s := &standingNow{head: 7, prove: fmt.Errorf("row: %w", audit.ErrFork)}
	wantLines(t, s.page(), "seinhuis_log_sound 0", "seinhuis_log_unpublished_rows 0", "seinhuis_gauges_failed 0")
	s.prove = errors.New("disk")
	if page := s.page(); strings.Contains(page, "seinhuis_log_sound") {
		t.Error("a log that could not be read has a verdict")
	}
	s.away = errors.New("away")
	page := s.page()
	wantLines(t, page, "seinhuis_ready 0", "seinhuis_gauges_failed 8")
	for _, name := range []string{"seinhuis_watch_held", "seinhuis_orphans", "seinhuis_clock_skew"} {
		if strings.Contains(page, name) {
			t.Errorf("%s is told without being known", name)
		}
	}
}
