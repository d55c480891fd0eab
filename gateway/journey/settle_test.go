// SPDX-License-Identifier: EUPL-1.2

package journey_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
	"github.com/seinhuis/seinhuis/gateway/journey"
	"github.com/seinhuis/seinhuis/gateway/objection"
)

// objectedMeanwhile refuses all after something has happened, once: between the
// look at what is known and the refusal.
type objectedMeanwhile struct {
	against
	first func()
}

func (o objectedMeanwhile) Objected(ctx context.Context, asked []objection.Question) ([]bool, error) {
	o.first()
	return o.against.Objected(ctx, asked)
}

// late is a journey whose look comes before the first answer and whose rules
// come after it.
func (l *line) late(first func()) *journey.Journey {
	ports := l.Ports(l.memory.Truth)
	ports.Objections = objectedMeanwhile{first: sync.OnceFunc(first)}
	return journey.New(ports)
}

// Invariant I3: a report that is filed while a twin is judged answers the twin,
// whatever the rules have come to say. So it is for one and for a line, and so
// it is not for letters that cannot be opened.
func TestFiledWhileATwinIsJudged(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	var first journey.Answer
	late := l.late(func() { first = l.report(t, l.Submission(l.Energy, p))[0] })
	unopened := l.Submission(l.Energy, p)
	unopened.Token = p.Payload() // the content itself, which nobody signed
	a, err := late.Report(t.Context(), []intake.Submission{l.Submission(l.Energy, p), l.Submission(l.Energy, otherwise(p)), unopened})
	if err != nil || first.Err != nil {
		t.Fatal(err, first.Err)
	}
	if a[0].Err != nil || !a[0].Replayed || !bytes.Equal(a[0].Receipt, first.Receipt) {
		t.Errorf("the same report: %v", a[0].Err)
	}
	if a[1].Err == nil || a[1].Err.Kind != gateway.KindConflict || a[1].Receipt != nil {
		t.Errorf("other content: %v", a[1].Err)
	}
	if a[2].Err == nil || a[2].Receipt != nil {
		t.Error("a letter that nobody signed gets a receipt")
	}
	p = l.Paper(l.Energy, l.Nijmegen, 2)
	late = l.late(func() { first = l.report(t, l.Submission(l.Energy, p))[0] })
	a, err = late.Lines(t.Context(), l.file(oneFile, p.Payload()), false)
	if err != nil || a[0].Err != nil || !a[0].Replayed || !bytes.Equal(a[0].Receipt, first.Receipt) {
		t.Errorf("a line: %+v, %v", a, err)
	}
	if n := len(l.mailbox(t, l.Nijmegen)); n != 2 {
		t.Errorf("%d signals of two reports", n)
	}
}

func TestCorrectedWhileATwinIsJudged(t *testing.T) {
	l := newLine(t)
	p := l.Paper(l.Energy, l.Nijmegen, 1)
	l.report(t, l.Submission(l.Energy, p))
	right, id := l.moved(p, 2), correctionID()
	var first journey.Answer
	late := l.late(func() { first = l.correct(t, l.correction(l.Energy, id, right))[0] })
	a, err := late.Correct(t.Context(), []journey.CorrectionSubmission{l.correction(l.Energy, id, right), l.correction(l.Energy, id, otherwise(right)),
		l.correction(l.Energy, correctionID(), right)})
	if err != nil || first.Err != nil {
		t.Fatal(err, first.Err)
	}
	if a[0].Err != nil || !a[0].Replayed || !bytes.Equal(a[0].Receipt, first.Receipt) {
		t.Errorf("the same correction: %v", a[0].Err)
	}
	if a[1].Err == nil || a[1].Err.Kind != gateway.KindConflict || a[2].Err == nil || a[2].Err.Kind != gateway.KindRefused {
		t.Errorf("other content: %v; another id: %v", a[1].Err, a[2].Err)
	}
	if n := len(l.mailbox(t, l.Nijmegen)); n != 2 {
		t.Errorf("%d signals of a report and its correction", n)
	}
}
