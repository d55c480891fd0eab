// SPDX-License-Identifier: EUPL-1.2

package journey_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/seal"
)

// file makes lines of payloads, in one file.
func (w *line) file(id gateway.BatchID, payloads ...[]byte) []intake.Line {
	peer := w.Submission(w.Energy, gatewaytest.Paper{}).Peer
	lines := make([]intake.Line, len(payloads))
	for i, p := range payloads {
		lines[i] = intake.Line{Peer: peer, Batch: id, Number: int64(i + 1), Payload: p, At: gatewaytest.Now(), Trace: gateway.NewTrace()}
	}
	return lines
}

func (w *line) lines(t *testing.T, lines []intake.Line, check bool) (said []string, answers []journey.Answer) {
	t.Helper()
	answers, err := w.journey.Lines(t.Context(), lines, check)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		switch {
		case a.Err != nil:
			said = append(said, fmt.Sprint(a.Err.Codes()[0]))
		case a.Replayed:
			said = append(said, "dubbel")
		default:
			said = append(said, "nieuw")
		}
	}
	return said, answers
}

const (
	oneFile = gateway.BatchID("00000000-0000-4000-8000-0000000000b1")
	another = gateway.BatchID("00000000-0000-4000-8000-0000000000b2")
)

func TestLines(t *testing.T) {
	w := newLine(t)
	paper := w.Paper(w.Energy, w.Nijmegen, 1)
	rival := paper
	rival.Cents++
	lines := w.file(oneFile, paper.Payload(), []byte("{"), paper.Payload(), rival.Payload(), []byte("{}"), w.Paper(w.Energy, w.Leiden, 2).Payload())
	lines[5].Findings = []gateway.Finding{{Code: "vooraf"}}
	want := []string{"nieuw", "geen-json", "dubbel", "id-bezet", "veld-ontbreekt", "vooraf"}
	said, answers := w.lines(t, lines, false)
	if !slices.Equal(said, want) || answers[0].ReportID != paper.ID || answers[3].ReportID != paper.ID || answers[1].ReportID != "" || answers[5].ReportID == "" {
		t.Errorf("%v, %+v", said, answers)
	}
	if again, _ := w.lines(t, lines, false); !slices.Equal(again, want) {
		t.Errorf("the same lines again, as after a crash: %v", again)
	}
	if other, _ := w.lines(t, w.file(another, paper.Payload()), false); !slices.Equal(other, []string{"dubbel"}) {
		t.Errorf("in another file: %v", other)
	}
	if w.memory.Bodies() != 1 {
		t.Errorf("%d bodies", w.memory.Bodies())
	}
}

// TestManyLines: over several groups, in parallel, every answer is at its own
// place and the first of twins is the first.
func TestManyLines(t *testing.T) {
	w := newLine(t)
	var payloads [][]byte
	var ids []gateway.ReportID
	for i := range 700 {
		p := w.Paper(w.Energy, w.Municipalities()[i%2], i)
		if i%7 == 6 {
			p.Home.Postcode = "0000XX"
		}
		payloads, ids = append(payloads, p.Payload()), append(ids, p.ID)
	}
	payloads = append(payloads, payloads[:10]...)
	said, answers := w.lines(t, w.file(oneFile, payloads...), false)
	for i, s := range said {
		want := "nieuw"
		switch {
		case i%700%7 == 6:
			want = string(gateway.CodeBadForm)
		case i >= 700:
			want = "dubbel"
		}
		if s != want || answers[i].ReportID != ids[i%700] {
			t.Fatalf("line %d: %s, want %s", i, s, want)
		}
	}
}

func TestLinesChecked(t *testing.T) {
	w := newLine(t)
	known := w.Paper(w.Energy, w.Nijmegen, 1)
	w.report(t, w.Submission(w.Energy, known))
	said, answers := w.lines(t, w.file(oneFile, known.Payload(), w.Paper(w.Energy, w.Nijmegen, 2).Payload(), []byte("x")), true)
	if !slices.Equal(said, []string{"dubbel", "nieuw", "geen-json"}) || answers[0].Receipt != nil || answers[1].Receipt != nil || w.memory.Bodies() != 1 {
		t.Errorf("%v, %+v", said, answers)
	}
	if got := w.events()[1:]; len(got) != 0 { // the file as a whole has one entry
		t.Errorf("log: %v", got)
	}
}

func TestLinesStop(t *testing.T) {
	w := newLine(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := w.journey.Lines(ctx, w.file(oneFile, []byte("x")), false); gateway.AsError(err) == nil || gateway.AsError(err).Kind != gateway.KindUnavailable {
		t.Errorf("error %v", err)
	}
	w.memory.FailReads(true)
	if _, err := w.journey.Lines(t.Context(), w.file(oneFile, w.Paper(w.Energy, w.Nijmegen, 1).Payload()), false); err == nil {
		t.Error("a store that does not answer gave answers")
	}
}

// unsound is a sealer that cannot seal to one key.
type unsound struct {
	seal.Sealer
	key   string
	calls int
}

func (u *unsound) Seal(ctx context.Context, letters []seal.Letter) ([][]byte, error) {
	u.calls++
	for i, l := range letters {
		if l.Key.ID == u.key {
			return nil, seal.LetterError{Index: i, Err: errors.New("unsound")}
		}
	}
	return u.Sealer.Seal(ctx, letters)
}

// TestUnsoundKey: one municipality's key stops nobody else's reports.
func TestUnsoundKey(t *testing.T) {
	w := newLine(t)
	ports := w.Ports(w.memory.Truth)
	u := &unsound{Sealer: ports.Sealer, key: w.Leiden.KeysFor(gateway.KeyEncrypt, gatewaytest.Now())[0].ID}
	ports.Sealer = u
	var payloads [][]byte
	for i := range 10 {
		payloads = append(payloads, w.Paper(w.Energy, []gateway.Party{w.Nijmegen, w.Leiden}[i%2], i).Payload())
	}
	answers, err := journey.New(ports).Lines(t.Context(), w.file(oneFile, payloads...), false)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if refused := a.Err != nil; refused != (i%2 == 1) || refused && a.Err.Codes()[0] != gateway.CodeMunicipalityWithoutKey {
			t.Errorf("line %d: %v", i, a.Err)
		}
	}
	if u.calls != 2 {
		t.Errorf("sealed %d times", u.calls)
	}
}

// TestFewFindings: a line gets so many findings and no more.
func TestFewFindings(t *testing.T) {
	w := newLine(t)
	line := w.file(oneFile, []byte("{}"))
	line[0].Findings = slices.Repeat([]gateway.Finding{{Code: "vooraf"}}, 100)
	if _, answers := w.lines(t, line, false); len(answers[0].Err.Findings) != 20 {
		t.Errorf("%d findings", len(answers[0].Err.Findings))
	}
}
