// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// logbook is a log that grows, with its checkpoints.
type logbook struct {
	rows  *audit.MemoryRows
	tiles *audit.MemoryTiles
	seq   *audit.Sequencer
	heads map[int][]byte // by size
	n     int
}

func newLogbook(t testing.TB, sizes ...int) *logbook {
	t.Helper()
	l := &logbook{rows: new(audit.MemoryRows), tiles: new(audit.MemoryTiles), heads: map[int][]byte{}}
	signer, _ := gatewaytest.AuditSigner(t, "log")
	var err error
	l.seq, err = audit.NewSequencer(audit.Config{Rows: l.rows, Tiles: l.tiles, Heads: new(audit.MemoryHeads), Signer: signer, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		for ; l.n < size; l.n++ {
			_ = l.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, l.n))
		}
		if _, err := l.seq.Integrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.heads[size], _ = l.tiles.Read(t.Context(), proof.CheckpointPath)
	}
	return l
}

// bundle makes a bundle of numbers at the log's newest checkpoint, and gives its files.
func (l *logbook) bundle(t testing.TB, earlier []byte, numbers ...int64) map[string][]byte {
	t.Helper()
	_, known := gatewaytest.AuditSigner(t, "log")
	set := new(audit.Numbers)
	slices.Sort(numbers)
	for _, n := range slices.Backward(numbers) {
		set.Below(n)
	}
	b, err := audit.NewBundle(l.heads[l.n], earlier, nil, known, set, "alles van deze partij")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.Write(t.Context(), &out, l.rows, l.tiles); err != nil {
		t.Fatal(err)
	}
	return unzipped(t, out.Bytes())
}

func unzipped(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		if files[f.Name] != nil {
			t.Errorf("%s is there twice", f.Name)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func checkBundle(t testing.TB, files map[string][]byte, o proof.Options) proof.Report {
	t.Helper()
	_, o.Verifiers = gatewaytest.AuditSigner(t, "log")
	r, err := proof.VerifyBundle(t.Context(), asFS(files), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Trees of many shapes, entries at many places, earlier checkpoints of many sizes.
func TestBundleProves(t *testing.T) {
	for _, c := range []struct {
		sizes   []int
		numbers []int64
	}{
		{[]int{1}, []int64{1}}, {[]int{3}, nil}, {[]int{255}, []int64{1, 255}}, {[]int{256}, []int64{256}}, {[]int{1, 257}, []int64{256, 257}},
		{[]int{255, 600}, []int64{1, 2, 3, 300, 599, 600}}, {[]int{256, 600}, []int64{600}}, {[]int{512, 1024}, []int64{5}}, {[]int{700, 1200}, []int64{17, 900}},
	} {
		l := newLogbook(t, c.sizes...)
		files := l.bundle(t, l.heads[c.sizes[0]], c.numbers...)
		var mu sync.Mutex
		seen := map[int64]bool{}
		r := checkBundle(t, files, proof.Options{Previous: l.heads[c.sizes[0]], Each: func(i int64, leaf []byte) error {
			mu.Lock()
			defer mu.Unlock()
			seen[i+1] = bytes.Equal(leaf, gatewaytest.AuditLeaf(t, int(i)))
			return nil
		}})
		if !r.OK() || r.Entries != int64(len(c.numbers)) || r.Previous != int64(c.sizes[0]) || r.Size != int64(l.n) {
			t.Errorf("%v: %+v", c, r)
		}
		for _, n := range c.numbers {
			if !seen[n] {
				t.Errorf("%v: entry %d was not given", c, n)
			}
		}
		for path := range files {
			if strings.HasPrefix(path, "tile/entries/") {
				t.Errorf("%s: a bundle holds hashes and its own lines, nothing else", path)
			}
		}
	}
}

// A tree with three levels of tiles: leaves far apart, and the right edge in the middle.
func TestBundleOfALongLog(t *testing.T) {
	l := newLogbook(t, 65_000, 66_100)
	files := l.bundle(t, l.heads[65_000], 1, 40_000, 65_537, 66_100)
	if r := checkBundle(t, files, proof.Options{Previous: l.heads[65_000]}); !r.OK() || r.Entries != 4 || r.Previous != 65_000 {
		t.Errorf("%+v", r)
	}
	upper := proof.TilePath(1, 0, 256)
	bad := bytes.Clone(files[upper])
	bad[7*32] ^= 1
	r := checkBundle(t, changed(files, upper, bad), proof.Options{})
	if named := numbersOf(r); !slices.Equal(named, []int64{1, 1, 40_000, 0}) || r.Findings[0].Path != upper {
		t.Errorf("%v: %+v", named, r.Findings)
	}
}

// numbersOf are the entries that findings name.
func numbersOf(r proof.Report) (named []int64) {
	for _, f := range r.Findings {
		named = append(named, f.Index+1)
	}
	return named
}

// One byte changed anywhere in what a bundle proves with is found; in a line it is told of that line.
func TestBundleTamperAnywhere(t *testing.T) {
	l := newLogbook(t, 300, 700)
	numbers := []int64{1, 2, 3, 90, 299, 300, 512, 513, 700}
	files := l.bundle(t, l.heads[300], numbers...)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if path == proof.ReadmePath {
			continue
		}
		step := max(1, len(files[path])/211)
		for i := 0; i < len(files[path]); i += step {
			bad := bytes.Clone(files[path])
			bad[i] ^= 0x01
			if path == proof.ContentsPath && bytes.Contains(bad, []byte("alles")) != bytes.Contains(files[path], []byte("alles")) ||
				path == proof.ContentsPath && i > bytes.Index(files[path], []byte(`"gevraagd"`)) {
				continue // words for the reader; the log entry of the making has the digest of them
			}
			r := checkBundle(t, changed(files, path, bad), proof.Options{})
			if r.OK() {
				t.Fatalf("byte %d of %s: not found", i, path)
			}
			if path != proof.LinesPath {
				continue
			}
			line := bytes.Count(files[path][:i], []byte("\n"))
			if named := numbersOf(r); !slices.Contains(named, numbers[line]) {
				t.Errorf("byte %d: line %d is of entry %d, named %v", i, line, numbers[line], named)
			}
		}
	}
}

func TestBundleDamage(t *testing.T) {
	l := newLogbook(t, 300, 700)
	files := l.bundle(t, l.heads[300], 5, 6, 7, 400, 650)
	lines := bytes.SplitAfter(files[proof.LinesPath], []byte("\n"))
	with := func(order ...int) map[string][]byte {
		var all []byte
		for _, i := range order {
			all = append(all, lines[i]...)
		}
		return changed(files, proof.LinesPath, all)
	}
	foreign := proof.AppendLine(nil, 6, gatewaytest.AuditLeaf(t, 6))
	for name, c := range map[string]struct {
		files map[string][]byte
		want  string // the first finding: its code and the entry it names
	}{
		"missing first":      {with(1, 2, 3, 4), "line-missing 5"},
		"missing middle":     {with(0, 1, 3, 4), "line-missing 7"},
		"missing last":       {with(0, 1, 2, 3), "line-missing 650"},
		"missing three":      {with(0, 4), "line-missing 6"},
		"doubled":            {with(0, 1, 1, 2, 3, 4), "line-doubled 6"},
		"swapped":            {with(0, 2, 1, 3, 4), "line-missing 6"},
		"of another number":  {changed(files, proof.LinesPath, bytes.Replace(files[proof.LinesPath], lines[1], foreign, 1)), "entry-altered 6"},
		"not in the list":    {changed(files, proof.LinesPath, append(bytes.Clone(files[proof.LinesPath]), proof.AppendLine(nil, 651, gatewaytest.AuditLeaf(t, 650))...)), "line-unlisted 651"},
		"after the log":      {changed(files, proof.LinesPath, append(bytes.Clone(files[proof.LinesPath]), proof.AppendLine(nil, 701, gatewaytest.AuditLeaf(t, 700))...)), "line-unlisted 701"},
		"no line":            {changed(files, proof.LinesPath, append([]byte("onzin\n"), files[proof.LinesPath]...)), "line-malformed 1"},
		"endless line":       {changed(files, proof.LinesPath, append(bytes.Clone(files[proof.LinesPath]), bytes.Repeat([]byte("x"), 1<<17)...)), "line-malformed 651"},
		"leaf tile gone":     {changed(files, proof.TilePath(0, 1, 256), nil), "tile-missing 257"},
		"edge tile gone":     {changed(files, proof.TilePath(1, 0, 2), nil), "tile-missing 1"},
		"another checkpoint": {changed(files, proof.CheckpointPath, l.heads[300]), "contents-differ 0"},
		"list gone":          {changed(files, proof.NumbersPath, nil), "contents-differ 0"},
		"list shorter":       {changed(files, proof.NumbersPath, []byte("5-7\n400\n")), "line-unlisted 650"},
		"lines gone":         {changed(files, proof.LinesPath, nil), "line-missing 0"},
	} {
		r := checkBundle(t, c.files, proof.Options{})
		if r.OK() {
			t.Errorf("%s: not found", name)
			continue
		}
		if got := fmt.Sprintf("%s %d", r.Findings[0].Code, r.Findings[0].Index+1); got != c.want && name != "another checkpoint" {
			t.Errorf("%s: %s, want %s; %+v", name, got, c.want, r.Findings)
		}
	}
}

func TestBundleEarlier(t *testing.T) {
	l, fork := newLogbook(t, 100, 300, 600), newLogbook(t, 50, 100)
	_ = fork.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, 9999))
	if _, err := fork.seq.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	forked, _ := fork.tiles.Read(t.Context(), proof.CheckpointPath) // 101 entries
	files := l.bundle(t, l.heads[300], 7)
	for name, c := range map[string]struct {
		prev []byte
		want proof.FindingCode
	}{
		"that of the bundle": {l.heads[300], ""},
		"itself":             {l.heads[600], ""},
		"forked":             {forked, proof.LogForked}, // its tile is there because of entry 7
		"longer":             {newLogbook(t, 700).heads[700], proof.LogShrunk},
	} {
		r := checkBundle(t, files, proof.Options{Previous: c.prev})
		if c.want == "" != r.OK() || !r.OK() && r.Findings[0].Code != c.want {
			t.Errorf("%s: %+v", name, r)
		}
	}
	without := l.bundle(t, nil, 7)
	if r := checkBundle(t, without, proof.Options{}); !r.OK() || r.Previous != -1 {
		t.Errorf("%+v", r)
	}
	if r := checkBundle(t, without, proof.Options{Previous: l.heads[300]}); r.OK() || r.Findings[0].Code != proof.TileMissing {
		t.Errorf("without the tiles of an earlier checkpoint: %+v", r)
	}
	other := changed(files, proof.EarlierPath, forked)
	if r := checkBundle(t, other, proof.Options{}); r.OK() || r.Findings[0].Code != proof.LogForked {
		t.Errorf("%+v", r)
	}
	_, known := gatewaytest.AuditSigner(t, "other")
	if _, err := audit.NewBundle(l.heads[600], nil, nil, known, new(audit.Numbers), ""); !errors.Is(err, proof.ErrCheckpoint) {
		t.Errorf("a bundle under a checkpoint of another key: %v", err)
	}
}

// What a witness cosigned must be a beginning of the log, in a bundle and in a whole log.
func TestWitnessed(t *testing.T) {
	l, fork := newLogbook(t, 100, 300, 600), newLogbook(t, 50)
	_ = fork.rows.Append(t.Context(), gatewaytest.AuditLeaf(t, 9999))
	if _, err := fork.seq.Integrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	forked, _ := fork.tiles.Read(t.Context(), proof.CheckpointPath)
	_, known := gatewaytest.AuditSigner(t, "log")
	w, sign := gatewaytest.Cosigner(t, "gemeente.test/getuige")
	at := gatewaytest.Now()
	for name, c := range map[string]struct {
		cosigned []byte
		want     proof.FindingCode
	}{
		"an older one":   {sign(l.heads[300], at), ""},
		"this one":       {sign(l.heads[600], at), ""},
		"none":           {nil, proof.CosignatureRefused},
		"not cosigned":   {l.heads[300], proof.CosignatureRefused},
		"of a fork":      {sign(forked, at), proof.LogForked},
		"of a later one": {sign(newLogbook(t, 700).heads[700], at), proof.LogShrunk},
	} {
		b, err := audit.NewBundle(l.heads[600], nil, []audit.File{{Path: w.CosignedPath(), Data: l.heads[300]}}, known, audit.Through(60), "")
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := b.Write(t.Context(), &out, l.rows, l.tiles); err != nil {
			t.Fatal(err)
		}
		o := proof.Options{Witnesses: []proof.Witness{w}}
		reports := map[string]proof.Report{
			"bundle": checkBundle(t, changed(unzipped(t, out.Bytes()), w.CosignedPath(), c.cosigned), o),
			"log":    check(t, changed(l.tiles.Files(), w.CosignedPath(), c.cosigned), o),
		}
		for kind, r := range reports {
			switch {
			case c.want != "":
				if r.OK() || r.Findings[0].Code != c.want || len(r.Witnessed) > 0 {
					t.Errorf("%s, %s: %+v", name, kind, r)
				}
			case !r.OK() || len(r.Witnessed) != 1 || r.Witnessed[0].Name != w.Name() || r.Witnessed[0].At.Unix() != at.Unix():
				t.Errorf("%s, %s: %+v", name, kind, r)
			}
		}
	}
}
