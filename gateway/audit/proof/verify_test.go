// SPDX-License-Identifier: EUPL-1.2

package proof_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/seinhuis/seinhuis/gateway/audit"
	"github.com/seinhuis/seinhuis/gateway/audit/proof"
	"github.com/seinhuis/seinhuis/gateway/gatewaytest"
)

// published makes a log of the numbered entries, integrated at each of the sizes, and gives its files.
func published(t testing.TB, numbers []int, sizes ...int) map[string][]byte {
	t.Helper()
	rows, tiles := new(audit.MemoryRows), new(audit.MemoryTiles)
	signer, _ := gatewaytest.AuditSigner(t, "log")
	s, err := audit.NewSequencer(audit.Config{Rows: rows, Tiles: tiles, Heads: new(audit.MemoryHeads), Signer: signer, Origin: gatewaytest.AuditOrigin})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, size := range sizes {
		for ; n < size; n++ {
			if err := rows.Append(t.Context(), gatewaytest.AuditLeaf(t, numbers[n])); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Integrate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return tiles.Files()
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func asFS(files map[string][]byte) fstest.MapFS {
	out := fstest.MapFS{}
	for path, data := range files {
		out[path] = &fstest.MapFile{Data: data}
	}
	return out
}

func check(t testing.TB, files map[string][]byte, o proof.Options) proof.Report {
	t.Helper()
	_, o.Verifiers = gatewaytest.AuditSigner(t, "log")
	r, err := proof.Verify(t.Context(), asFS(files), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// changed is a copy of the files with one of them replaced; nil data removes it.
func changed(files map[string][]byte, path string, data []byte) map[string][]byte {
	out := maps.Clone(files)
	if out[path] = data; data == nil {
		delete(out, path)
	}
	return out
}

// One byte changed anywhere in a log is found, and the first finding names the file and, for an entry, which.
func TestTamperAnywhere(t *testing.T) {
	files := published(t, upTo(520), 3, 300, 520)
	if r := check(t, files, proof.Options{}); !r.OK() || r.Entries != 520 {
		t.Fatalf("%+v", r)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		data := files[path]
		step := max(1, len(data)/97) // about a hundred places in each file, in coprime steps so that all fields are met
		for i := 0; i < len(data); i += step {
			bad := bytes.Clone(data)
			bad[i] ^= 0x01
			r := check(t, changed(files, path, bad), proof.Options{})
			if r.OK() {
				t.Fatalf("byte %d of %s: not found", i, path)
			}
			f := r.Findings[0]
			if f.Path != path && proof.FullPath(f.Path) != proof.FullPath(path) {
				t.Errorf("byte %d of %s: said to be in %s: %s", i, path, f.Path, f.Text)
			}
		}
	}
}

// The message names the entry whose byte was changed.
func TestTamperedEntryIsNamed(t *testing.T) {
	files := published(t, upTo(1204), 1204)
	path := proof.EntriesPath(1, 256)
	at := bytes.Index(files[path], gatewaytest.AuditLeaf(t, 300)) + 40
	bad := bytes.Clone(files[path])
	bad[at] ^= 1
	r := check(t, changed(files, path, bad), proof.Options{})
	if len(r.Findings) != 1 || r.Findings[0].Text != "entry 301 of 1,204 does not match its hash" || r.Findings[0].Index != 300 {
		t.Errorf("%+v", r.Findings)
	}
	path = proof.TilePath(0, 1, 256)
	bad = bytes.Clone(files[path])
	bad[44*32] ^= 1
	r = check(t, changed(files, path, bad), proof.Options{})
	if len(r.Findings) != 1 || r.Findings[0].Text != "tile/0/001 does not hold the hash of entry 301 of 1,204" {
		t.Errorf("%+v", r.Findings)
	}
}

func TestDamage(t *testing.T) {
	files := published(t, upTo(600), 600)
	bundle := files[proof.EntriesPath(1, 256)]
	first, rest, _ := proof.CutEntry(bundle)
	second, rest, _ := proof.CutEntry(rest)
	swapped := append(proof.AppendEntry(proof.AppendEntry(nil, second), first), rest...)
	dropped := append(proof.AppendEntry(nil, second), rest...)
	other := published(t, append(upTo(599), 9999), 600)
	rewritten := published(t, append(append(upTo(100), 9999), upTo(600)[101:]...), 600)
	for name, c := range map[string]struct {
		files map[string][]byte
		code  proof.FindingCode
		index int64
	}{
		"reordered":       {changed(files, proof.EntriesPath(1, 256), swapped), proof.EntryAltered, 256},
		"dropped":         {changed(files, proof.EntriesPath(1, 256), dropped), proof.EntryAltered, 256},
		"added":           {changed(files, proof.EntriesPath(1, 256), proof.AppendEntry(bundle, first)), proof.BundleMalformed, 511},
		"bundle gone":     {changed(files, proof.EntriesPath(1, 256), nil), proof.BundleMissing, 256},
		"bundle empty":    {changed(files, proof.EntriesPath(1, 256), []byte{}), proof.BundleMalformed, 256},
		"tile gone":       {changed(files, proof.TilePath(0, 1, 256), nil), proof.TileMissing, 256},
		"upper tile gone": {changed(files, proof.TilePath(1, 0, 2), nil), proof.TileMissing, 0},
		"tile cut":        {changed(files, proof.TilePath(0, 1, 256), files[proof.TilePath(0, 1, 256)][:64]), proof.TileAltered, 256},
		"both gone":       {changed(changed(files, proof.EntriesPath(1, 256), nil), proof.TilePath(0, 1, 256), nil), proof.BundleMissing, 256},
		"entries and hashes of a bundle replaced": {changed(changed(files, proof.EntriesPath(0, 256), rewritten[proof.EntriesPath(0, 256)]),
			proof.TilePath(0, 0, 256), rewritten[proof.TilePath(0, 0, 256)]), proof.EntriesReplaced, 0},
		"all rewritten under the old checkpoint": {changed(rewritten, proof.CheckpointPath, files[proof.CheckpointPath]), proof.RootDiffers, -1},
		"last entry replaced":                    {changed(files, proof.EntriesPath(2, 88), other[proof.EntriesPath(2, 88)]), proof.EntryAltered, 599},
		"signed by another": {changed(files, proof.CheckpointPath, sign(t, gatewaytest.AuditOrigin+"\n0\n"+
			"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "other")), proof.CheckpointRefused, -1},
	} {
		r := check(t, c.files, proof.Options{})
		if r.OK() || r.Findings[0].Code != c.code || r.Findings[0].Index != c.index {
			t.Errorf("%s: %+v", name, r.Findings)
		}
	}
}

// An entry that is well in the tree and yet none of ours is named too.
func TestStrangeEntry(t *testing.T) {
	odd := []byte(`{"naam":"J. de Vries"}`)
	root := proof.LeafHash(odd)
	c := proof.Checkpoint{Origin: gatewaytest.AuditOrigin, Tree: tlog.Tree{N: 1, Hash: root}}
	r := check(t, map[string][]byte{
		proof.CheckpointPath: sign(t, c.Text(), "log"), proof.TilePath(0, 0, 1): root[:], proof.EntriesPath(0, 1): proof.AppendEntry(nil, odd),
	}, proof.Options{})
	if len(r.Findings) != 1 || r.Findings[0].Code != proof.EntryInvalid || strings.Contains(r.Findings[0].Text, "Vries") {
		t.Errorf("%+v", r.Findings)
	}
}

func TestPrevious(t *testing.T) {
	long := published(t, upTo(600), 600)
	fork := published(t, append([]int{7777}, upTo(600)[1:]...), 600)
	at := func(n int) []byte { return published(t, upTo(n), n)[proof.CheckpointPath] }
	empty := sign(t, proof.Checkpoint{Origin: gatewaytest.AuditOrigin, Tree: tlog.Tree{Hash: emptyRoot()}}.Text(), "log")
	for name, c := range map[string]struct {
		files map[string][]byte
		prev  []byte
		code  proof.FindingCode // "" when the log extends it
		size  int64
	}{
		"empty":    {long, empty, "", 0},
		"first":    {long, at(1), "", 1},
		"bundle":   {long, at(256), "", 256},
		"between":  {long, at(300), "", 300},
		"itself":   {long, at(600), "", 600},
		"shrunk":   {published(t, upTo(300), 300), at(600), proof.LogShrunk, -1},
		"forked":   {fork, at(300), proof.LogForked, -1},
		"same len": {fork, at(600), proof.LogForked, -1},
	} {
		r := check(t, c.files, proof.Options{Previous: c.prev})
		if r.Previous != c.size || c.code == "" != r.OK() || !r.OK() && r.Findings[0].Code != c.code {
			t.Errorf("%s: %+v", name, r)
		}
	}
	_, known := gatewaytest.AuditSigner(t, "log")
	foreign := sign(t, proof.Checkpoint{Origin: gatewaytest.AuditOrigin}.Text(), "other")
	if _, err := proof.Verify(t.Context(), asFS(long), proof.Options{Verifiers: known, Previous: foreign}); !errors.Is(err, proof.ErrCheckpoint) {
		t.Errorf("an earlier checkpoint of another key: %v", err)
	}
}

func emptyRoot() tlog.Hash { h, _ := tlog.TreeHash(0, nil); return h }

// Entries at the end of their term may be gone; their hashes hold the rest together.
func TestPruned(t *testing.T) {
	files := changed(published(t, upTo(600), 600), proof.EntriesPath(0, 256), nil)
	if r := check(t, files, proof.Options{First: 256}); !r.OK() || r.Pruned != 256 || r.Entries != 344 {
		t.Errorf("%+v", r)
	}
	for _, first := range []int64{0, 255} { // not, or not wholly, at the end of its term
		if r := check(t, files, proof.Options{First: first}); r.OK() || r.Findings[0].Code != proof.BundleMissing {
			t.Errorf("first %d: %+v", first, r)
		}
	}
}

// A writer that was interrupted after a full tile replaced the partial one left a log that is whole.
func TestFullInPlaceOfPartial(t *testing.T) {
	short, long := published(t, upTo(300), 300), published(t, upTo(600), 600)
	files := changed(long, proof.CheckpointPath, short[proof.CheckpointPath])
	files[proof.TilePath(1, 0, 1)] = short[proof.TilePath(1, 0, 1)]
	if r := check(t, files, proof.Options{}); !r.OK() || r.Entries != 300 {
		t.Errorf("%+v", r)
	}
}

func TestEachSeesEverything(t *testing.T) {
	var seen int64
	o := proof.Options{Each: func(i int64, leaf []byte) error {
		if i != seen || !bytes.Equal(leaf, gatewaytest.AuditLeaf(t, int(i))) {
			t.Errorf("entry %d", i)
		}
		seen++
		return nil
	}}
	check(t, published(t, upTo(300), 300), o)
	if seen != 300 {
		t.Errorf("%d entries", seen)
	}
}

func TestUnreadable(t *testing.T) {
	_, known := gatewaytest.AuditSigner(t, "log")
	if _, err := proof.Verify(t.Context(), fstest.MapFS{}, proof.Options{Verifiers: known}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	r, err := proof.Verify(t.Context(), asFS(published(t, upTo(3), 3)), proof.Options{Verifiers: note.VerifierList()})
	if err != nil || r.OK() || r.Findings[0].Code != proof.CheckpointRefused {
		t.Errorf("without keys: %+v, %v", r, err)
	}
	_, known = gatewaytest.AuditSigner(t, "log")
	r, err = proof.Verify(t.Context(), asFS(published(t, upTo(3), 3)), proof.Options{Verifiers: known, Origin: "elsewhere"})
	if err != nil || r.OK() || r.Findings[0].Code != proof.CheckpointRefused {
		t.Errorf("another origin: %+v, %v", r, err)
	}
}

// BenchmarkVerify is the cost of verifying a log of 10,000 entries.
func BenchmarkVerify(b *testing.B) {
	fsys := asFS(published(b, upTo(10_000), 10_000))
	_, known := gatewaytest.AuditSigner(b, "log")
	b.ReportAllocs()
	for b.Loop() {
		if r, err := proof.Verify(b.Context(), fsys, proof.Options{Verifiers: known}); err != nil || !r.OK() {
			b.Fatal(r, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/entry")
}
