// SPDX-License-Identifier: EUPL-1.2

package batch_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/files"
	"github.com/seinhuis/seinhuis/adapters/sqlite"
	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/batch"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/journey"
)

const workerEnv = "SEINHUIS_TEST_WORKER"

// TestKill kills a worker on the real stores ten times, at random moments;
// after that every line was filed once and has one outcome.
func TestKill(t *testing.T) {
	if dir := os.Getenv(workerEnv); dir != "" {
		w, _ := worldOnDisk(t, dir)
		_ = w.desk.Work(context.Background()) // until killed
		return
	}
	if testing.Short() {
		t.Skip("starts processes")
	}
	const n = 6000
	dir := t.TempDir()
	w, closeAll := worldOnDisk(t, dir)
	s := w.submission()
	r := w.receive(t, s, w.papers(n))
	closeAll()
	var seen []int64
	for range 10 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), workerEnv+"="+dir)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+rand.IntN(250)) * time.Millisecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	w, closeAll = worldOnDisk(t, dir)
	defer closeAll()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	go func() { _ = w.desk.Work(ctx) }()
	for r.State != batch.Done && ctx.Err() == nil {
		found, err := w.ports.Store.Batches(ctx, []batch.Key{r.Key})
		if err != nil {
			t.Fatal(err)
		}
		r = found[0]
		seen = append(seen, r.Next)
		time.Sleep(5 * time.Millisecond)
	}
	all, _ := w.outcomes(t, s)
	if r.Accepted != n || r.Duplicate+r.Refused != 0 || len(all) != n {
		t.Errorf("%d accepted, %d duplicate, %d refused, %d outcomes of %d", r.Accepted, r.Duplicate, r.Refused, len(all), n)
	}
	ids := map[gateway.ReportID]bool{}
	for i, o := range all {
		if ids[gateway.ReportID(o.ID)] || o.Line != int64(i+1) || o.Receipt == "" {
			t.Fatalf("line %d: %+v", i+1, o)
		}
		ids[gateway.ReportID(o.ID)] = true
	}
	t.Logf("the last worker began at line %d", seen[0])
}

// worldOnDisk is a world whose stores outlive the process.
func worldOnDisk(t *testing.T, dir string) (*world, func()) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "spool")
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	spool, err := files.OpenSpool(folder)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	ports := w.Steps.Ports(gatewaytest.Truth{Ledger: db.Ledger(), Feedback: db.Feedback(), Objections: db.Objections()})
	w.lines = &lines{Journey: journey.New(ports)}
	w.ports.Journey, w.ports.Store, w.ports.Spool = w.lines, db.Batches(), spool
	w.desk = batch.New(w.ports)
	return w, func() { _ = errors.Join(db.Close(), spool.Close()) }
}

// twoFaced opens to other content the second time, as after a change on disk
// that the seal of the file shows only at its end.
type twoFaced struct {
	opened int
	other  []byte
}

func (o *twoFaced) OpenFile(ctx context.Context, from gateway.Party, at time.Time, sealed io.Reader) (io.Reader, error) {
	if o.opened++; o.opened > 1 {
		return bytes.NewReader(o.other), nil
	}
	return gatewaytest.FileOpener{}.OpenFile(ctx, from, at, sealed)
}

// TestChangedBetweenThePasses: only what was verified is used.
func TestChangedBetweenThePasses(t *testing.T) {
	w := newWorld(t)
	s := w.submission()
	w.receive(t, s, w.papers(5))
	w.ports.Openers = map[batch.Envelope]batch.Opener{s.Envelope: &twoFaced{other: w.papers(5)}}
	if r := w.work(t, batch.New(w.ports), s); r.State != batch.Rejected || r.Findings[0].Code != gateway.CodeInternal || w.memory.Bodies() != 0 || w.lines.calls != 0 {
		t.Errorf("%+v, %d bodies", r, w.memory.Bodies())
	}
}
