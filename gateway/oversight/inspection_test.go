// SPDX-License-Identifier: EUPL-1.2

package oversight_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/gateway/request"
)

const ours, theirs = gateway.OIN("00000003123456780000"), gateway.OIN("00000003123456790000")

// inspected is an inspection of a log in memory. Rows of tests concern ours.
type inspected struct {
	*oversight.Inspection
	*gatewaytest.Memory
	tiles *audit.MemoryTiles
	rows  *alteredRows
	seq   *audit.Sequencer
}

// alteredRows are rows of which some were changed behind the gateway's back.
type alteredRows struct {
	audit.Rows
	altered map[int64][]byte // by number
}

func (a *alteredRows) Leaves(ctx context.Context, after int64, limit int) ([][]byte, error) {
	rows, err := a.Rows.Leaves(ctx, after, limit)
	for i := range rows {
		if leaf, ok := a.altered[after+int64(i)+1]; ok {
			rows[i] = leaf
		}
	}
	return rows, err
}

// journal finds every entry for all, and those of its actor for a party.
type journal struct {
	oversight.Journal
	m *gatewaytest.Memory
}

func (j journal) Search(_ context.Context, q oversight.Query) (hits []oversight.Hit, err error) {
	for i, leaf := range slices.Backward(j.m.Entries()) {
		e, err := proof.Decode(leaf)
		if err != nil {
			return nil, err
		}
		if number := int64(i) + 1; q.Scope.To(q.Party).Has(gateway.OIN(e.Actor)) && (q.Before == 0 || number < q.Before) && len(hits) < q.Limit {
			hits = append(hits, oversight.Hit{Number: number, Entry: e})
		}
	}
	return hits, nil
}

func (j journal) Write(ctx context.Context, entries []audit.Entry) error {
	return j.m.Requests.WriteRequests(ctx, func(tx request.Tx) error {
		_, err := tx.Append(entries)
		return err
	})
}

func newInspected(t *testing.T, entries int) *inspected {
	t.Helper()
	d := &inspected{Memory: gatewaytest.NewMemory(), tiles: new(audit.MemoryTiles)}
	d.rows = &alteredRows{d.Memory.Rows, map[int64][]byte{}}
	signer, known := gatewaytest.AuditSigner(t, "log")
	var err error
	if d.seq, err = audit.NewSequencer(audit.Config{Rows: d.Memory.Rows, Heads: d.Heads, Tiles: d.tiles, Signer: signer, Origin: gatewaytest.AuditOrigin}); err != nil {
		t.Fatal(err)
	}
	d.Inspection, err = oversight.NewInspection(oversight.InspectionPorts{Journal: journal{m: d.Memory}, Rows: d.rows, Tiles: d.tiles, Sights: d.Sights,
		Verifiers: known, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	d.grow(t, entries)
	return d
}

func (d *inspected) grow(t *testing.T, entries int) {
	t.Helper()
	var list []audit.Entry
	for i := range entries {
		by := audit.By{Actor: string(ours), Role: audit.Creditor, Origin: audit.Local, Trace: gatewaytest.Trace(i + 1)}
		if i%3 == 1 {
			by.Actor = string(theirs)
		}
		e, err := audit.New(audit.ReportReceived, by, audit.Object(audit.KindReport, by.Actor, string(gateway.NewUUID(gatewaytest.Now(), nil))), gatewaytest.Now())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	if err := (journal{m: d.Memory}).Write(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	d.publish(t)
}

func (d *inspected) publish(t *testing.T) {
	t.Helper()
	if _, err := d.seq.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// put replaces files of the log.
func (d *inspected) put(t *testing.T, files map[string][]byte) {
	t.Helper()
	for path, data := range files {
		if err := d.tiles.Write(t.Context(), []audit.File{{Path: path, Data: data}}); err != nil {
			t.Fatal(err)
		}
	}
}

func party(t *testing.T) oversight.Visit {
	return visit(t, []oversight.Role{oversight.RoleParty}, ours)
}

func processor(t *testing.T) oversight.Visit {
	return visit(t, []oversight.Role{oversight.RoleProcessor})
}

// last is the newest entry of the log: what an act must have left.
func (d *inspected) last(t *testing.T) proof.Entry {
	t.Helper()
	all := d.Entries()
	e, err := proof.Decode(all[len(all)-1])
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (d *inspected) verify(t *testing.T, v oversight.Visit) oversight.Verdict {
	t.Helper()
	got, err := d.Verify(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestVerifyRemembersWhatWasSeen(t *testing.T) {
	d, v := newInspected(t, 300), party(t)
	first := d.verify(t, v)
	if first.Doubt != oversight.NoDoubt || first.Sight.Exists() || first.Head.Tree.N != 300 || first.Entry == 0 {
		t.Fatalf("%+v", first)
	}
	if e := d.last(t); e.Event != string(audit.LogRead) || e.Result != proof.ResultDone || e.Actor != audit.ActorOfficer(string(v.Officer.Account())) {
		t.Errorf("%+v", e)
	}
	d.grow(t, 400)
	second := d.verify(t, v)
	if second.Doubt != oversight.NoDoubt || second.Sight.Size != 300 || len(second.Growth) == 0 {
		t.Errorf("%+v", second)
	}
	if again := d.verify(t, v); again.Doubt != oversight.NoDoubt || again.Sight.Size != second.Head.Tree.N {
		t.Errorf("the same checkpoint once more: %+v", again)
	}
}

// What an officer once saw stays his measure, whatever is put in its place.
func TestVerifyDoubts(t *testing.T) {
	v := party(t)
	short, fork := newInspected(t, 300).tiles.Files(), newInspected(t, 900).tiles.Files()
	sameSize := newInspected(t, 600).tiles.Files() // other entries: every id is new
	for name, c := range map[string]struct {
		files map[string][]byte
		want  oversight.Doubt
	}{
		"shorter":          {short, oversight.DoubtShrunk},
		"another, longer":  {fork, oversight.DoubtForked},
		"another, as long": {sameSize, oversight.DoubtForked},
		"not signed":       {map[string][]byte{proof.CheckpointPath: []byte("niets\n")}, oversight.DoubtSignature},
	} {
		d := newInspected(t, 600)
		if got := d.verify(t, v); got.Doubt != oversight.NoDoubt {
			t.Fatal(got)
		}
		whole := maps.Clone(d.tiles.Files())
		d.put(t, c.files)
		for range 2 {
			got := d.verify(t, v)
			if got.Doubt != c.want || got.Sight.Size != 600 {
				t.Errorf("%s: %q, want %q; remembered %d", name, got.Doubt, c.want, got.Sight.Size)
			}
		}
		e := d.last(t)
		if n, err := d.Sights.Doubted(t.Context()); n != 1 || err != nil || e.Event != string(audit.LogDoubted) || e.Result != proof.ResultFailed || !slices.Equal(e.Codes, []string{string(c.want)}) {
			t.Errorf("%s: %d doubted, %v, %+v", name, n, err, e)
		}
		d.put(t, whole)
		if got := d.verify(t, v); got.Doubt != oversight.NoDoubt {
			t.Errorf("%s: put right again: %+v", name, got.Doubt)
		}
		if n, _ := d.Sights.Doubted(t.Context()); n != 0 {
			t.Errorf("%s: %d doubted after all was put right", name, n)
		}
	}
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	d, v := newInspected(t, 300), party(t)
	d.rows.altered[300] = d.Entries()[0]
	if got := d.verify(t, v); got.Doubt != oversight.DoubtEntry || got.Entry != 300 {
		t.Errorf("the last entry was changed: %+v", got)
	}
	d = newInspected(t, 300)
	tile := d.tiles.Files()[proof.TilePath(0, 1, 44)]
	tile[0] ^= 1
	d.put(t, map[string][]byte{proof.TilePath(0, 1, 44): tile})
	if got := d.verify(t, v); got.Doubt != oversight.DoubtHashes {
		t.Errorf("a tile was changed: %+v", got)
	}
	empty := newInspected(t, 0)
	if got, err := empty.Verify(t.Context(), v); err != nil || got.Doubt != oversight.NoDoubt || got.Checkpoint != nil {
		t.Errorf("a log without a checkpoint: %+v, %v", got, err)
	}
	d = newInspected(t, 3)
	d.FailWrites(gatewaytest.Failed)
	if _, err := d.Verify(t.Context(), v); err == nil {
		t.Error("verified, and it could not be logged")
	}
	if s, _ := d.Sights.Sight(t.Context(), v.Officer.Account()); s.Exists() {
		t.Error("remembered what was not logged")
	}
}

func TestCheckAllNamesEntries(t *testing.T) {
	d, v := newInspected(t, 700), party(t)
	var told int64
	r, err := d.CheckAll(t.Context(), v, func(done, total int64) { told = done })
	if err != nil || !r.OK() || r.Entries != 700 || told != 700 {
		t.Fatalf("%+v, %v, told %d", r, err, told)
	}
	d.rows.altered[5], d.rows.altered[513] = d.Entries()[5], bytes.Replace(d.Entries()[512], []byte("gelukt"), []byte("mislukt"), 1)
	r, err = d.CheckAll(t.Context(), v, nil)
	if err != nil || len(r.Findings) != 2 || r.Findings[0].Index != 4 || r.Findings[1].Text != "entry 513 of 700 does not match its hash" {
		t.Errorf("%+v, %v", r, err)
	}
	if e := d.last(t); e.Event != string(audit.LogDoubted) || !slices.Equal(e.Codes, []string{string(oversight.DoubtEntry)}) {
		t.Errorf("%+v", e)
	}
}

// taken is a handout as it was written.
func taken(t *testing.T, h oversight.Handout) *zip.Reader {
	t.Helper()
	var out bytes.Buffer
	if err := h.Write(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestBundleIsOfTheScope(t *testing.T) {
	d, v := newInspected(t, 1000), party(t)
	_, known := gatewaytest.AuditSigner(t, "log")
	d.verify(t, v)
	d.grow(t, 1000)
	for name, c := range map[string]struct {
		visit oversight.Visit
		query oversight.Query
		want  int64
	}{
		"party":       {v, oversight.Query{}, 1334},
		"other party": {v, oversight.Query{Party: theirs}, 0},
		"processor":   {processor(t), oversight.Query{}, 2001},
		"one of all":  {processor(t), oversight.Query{Party: theirs}, 666},
	} {
		h, err := d.Bundle(t.Context(), c.visit, c.query, "proef")
		if err != nil {
			t.Fatal(name, err)
		}
		e := d.last(t)
		if e.Event != string(audit.LogExported) || e.Count != c.want || e.Digest == "" {
			t.Errorf("%s: %+v", name, e)
		}
		r, err := proof.VerifyBundle(t.Context(), taken(t, h), proof.Options{Verifiers: known})
		if err != nil || !r.OK() || r.Entries != c.want || r.Previous != 1000 || h.Count != c.want {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	d.FailWrites(gatewaytest.Failed)
	if _, err := d.Bundle(t.Context(), v, oversight.Query{}, "proef"); err == nil {
		t.Error("handed out, and it could not be logged")
	}
}

func TestWholeLogIsTheProcessorsOwn(t *testing.T) {
	d := newInspected(t, 700)
	_, known := gatewaytest.AuditSigner(t, "log")
	if _, err := d.WholeLog(t.Context(), party(t)); kind(err) != gateway.KindNotFound {
		t.Errorf("%v", err)
	}
	h, err := d.WholeLog(t.Context(), processor(t))
	if err != nil {
		t.Fatal(err)
	}
	d.grow(t, 400) // partial files are replaced meanwhile
	r, err := proof.Verify(t.Context(), taken(t, h), proof.Options{Verifiers: known})
	if err != nil || !r.OK() || r.Entries != 700 {
		t.Errorf("%+v, %v", r, err)
	}
}

func kind(err error) gateway.ErrorKind {
	var e *gateway.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Kind
}

func TestEntryProof(t *testing.T) {
	d, v := newInspected(t, 300), party(t)
	_, known := gatewaytest.AuditSigner(t, "log")
	p, err := d.EntryProof(t.Context(), v, 57)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := p.Verify(known); err != nil || r.Index != 56 || r.Entry.Actor != string(ours) {
		t.Errorf("%+v, %v", r, err)
	}
	if e := d.last(t); e.Event != string(audit.LogExported) || e.Count != 1 {
		t.Errorf("%+v", e)
	}
	_, err2 := d.EntryProof(t.Context(), v, 56)  // of the other party
	_, err3 := d.EntryProof(t.Context(), v, 999) // of nobody
	policy := visit(t, []oversight.Role{oversight.RolePolicy})
	_, err4 := d.EntryProof(t.Context(), policy, 57)
	for _, err := range []error{err2, err3, err4} {
		if kind(err) != gateway.KindNotFound || err.Error() != err2.Error() {
			t.Errorf("%v", err)
		}
	}
	if _, doubt, err := d.Included(t.Context(), v, 57); err != nil || doubt != oversight.NoDoubt {
		t.Errorf("%q, %v", doubt, err)
	}
	if _, err := d.EntryProof(t.Context(), processor(t), 301); kind(err) != gateway.KindConflict {
		t.Errorf("an entry that is not published: %v", err)
	}
	d.rows.altered[57] = d.Entries()[55]
	if _, doubt, err := d.Included(t.Context(), v, 57); err != nil || doubt != oversight.DoubtEntry {
		t.Errorf("%q, %v", doubt, err)
	}
	if _, err := d.EntryProof(t.Context(), v, 57); kind(err) != gateway.KindConflict || d.last(t).Event != string(audit.LogDoubted) {
		t.Errorf("%v, %+v", err, d.last(t))
	}
}

// TestTakenStandsWithTheParty: that a bundle or a proof was taken is in the part
// of the log of the party whose entries it holds, for its other officers.
func TestTakenStandsWithTheParty(t *testing.T) {
	d, v := newInspected(t, 12), party(t)
	want := audit.Object(audit.KindLog, string(ours))
	if _, err := d.Bundle(t.Context(), v, oversight.Query{}, "regels"); err != nil || d.last(t).Object != want {
		t.Errorf("%v, %+v", err, d.last(t))
	}
	all, err := journal{m: d.Memory}.Search(t.Context(), oversight.Query{Scope: v.Officer.Scope(), Before: 13, Limit: 1})
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	if _, err := d.EntryProof(t.Context(), v, all[0].Number); err != nil || d.last(t).Object != want {
		t.Errorf("%v, %+v", err, d.last(t))
	}
}
