// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
)

// Limits of a set.
const (
	MaxSetBytes = 1 << 20 // all files together
	maxCases    = 500
	casesFolder = "cases"
)

// Set is a policy as files: what officers propose, read and approve. The names
// are without a folder.
type Set struct {
	Documents map[string][]byte // bundel.yaml and *.yaml
	Cases     map[string][]byte // *.txtar; none: only the built-in ones count
}

// ReadSet reads a set as it lies in a folder: documents (*.yaml) at the root,
// cases in cases/*.txtar. Other files and folders are not looked at, but a *.yml
// is refused, so that no document is left out by the spelling of its name.
func ReadSet(fsys fs.FS) (Set, error) {
	s := Set{map[string][]byte{}, map[string][]byte{}}
	total := 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && name != casesFolder {
				return fs.SkipDir
			}
			return nil
		}
		into, err := s.place(name)
		if into == nil || err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if total += int(min(info.Size(), MaxSetBytes+1)); !info.Mode().IsRegular() || info.Size() > maxFileBytes || total > MaxSetBytes {
			return fmt.Errorf("%s: not a plain file, larger than %d bytes, or all together larger than %d", name, maxFileBytes, MaxSetBytes)
		}
		data, err := fs.ReadFile(fsys, name)
		into[path.Base(name)] = data
		return err
	})
	if err != nil {
		return Set{}, fmt.Errorf("policies: %w", err)
	}
	return s, nil
}

// place says which map a file belongs to; nil for one that does not count.
func (s Set) place(name string) (map[string][]byte, error) {
	dir, file := path.Split(name)
	end := path.Ext(file)
	switch {
	case end == ".yml":
		return nil, fmt.Errorf("%q: documents are called *.yaml", name)
	case dir == "" && end == ".yaml" && identifier(strings.TrimSuffix(file, end)):
		return s.Documents, nil
	case dir != "" && end == ".txtar" && identifier(strings.TrimSuffix(file, end)):
		return s.Cases, nil
	case end == ".yaml", end == ".txtar":
		return nil, fmt.Errorf("%q is neither a document (naam.yaml) nor a case (cases/naam.txtar)", name)
	}
	return nil, nil
}

// EmbeddedSet is what this program was built with. It has no cases of its own:
// the built-in ones count for every set.
func EmbeddedSet() (Set, error) {
	sub, err := fs.Sub(embedded, "documents")
	if err != nil {
		return Set{}, err
	}
	files, err := readAll(sub)
	return Set{Documents: files}, err
}

// Load compiles the documents and checks the limits of a set. It returns all
// findings of the documents at once.
func (s Set) Load() (*Bundle, error) {
	total := 0
	for _, part := range []map[string][]byte{s.Documents, s.Cases} {
		for name, data := range part {
			if total += len(data); len(data) > maxFileBytes {
				return nil, fmt.Errorf("policies: %s: larger than %d bytes", name, maxFileBytes)
			}
		}
	}
	if len(s.Documents) > maxFiles || len(s.Cases) > maxCases || total > MaxSetBytes {
		return nil, fmt.Errorf("policies: more than %d documents, %d cases or %d bytes", maxFiles, maxCases, MaxSetBytes)
	}
	b, err := loadFiles(s.Documents)
	if err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	return b, nil
}

// Run decides every case: the built-in ones, each unless the set has its own
// under the same name, and those of the set. It needs the bundle of this set.
func (s Set) Run(b *Bundle) ([]CaseResult, error) {
	all, err := s.allCases()
	if err != nil {
		return nil, err
	}
	var results []CaseResult
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r, err := runCase(b, name, all[name])
		if err != nil {
			return nil, fmt.Errorf("policies: case %s: %w", name, err)
		}
		results = append(results, r)
	}
	if len(results) == 0 {
		return nil, errors.New("policies: no cases (*.txtar)")
	}
	return results, nil
}

func (s Set) allCases() (map[string][]byte, error) {
	all := map[string][]byte{}
	names, err := fs.Glob(embeddedCases, "cases/*.txtar")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if all[path.Base(name)], err = embeddedCases.ReadFile(name); err != nil {
			return nil, err
		}
	}
	maps.Copy(all, s.Cases)
	return all, nil
}

// CasesDigest is SHA-256 over the set's own cases, as [Ref] has it of the
// documents.
func (s Set) CasesDigest() (sum [32]byte) {
	digest := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.Cases)) {
		digest.Write(binary.BigEndian.AppendUint64([]byte(name+"\x00"), uint64(len(s.Cases[name]))))
		digest.Write(s.Cases[name])
	}
	digest.Sum(sum[:0])
	return sum
}

// Differ compares two sets with their bundles. A built-in case that a set has
// in another wording counts as changed.
func (s Set) Differ(own *Bundle, other Set, theirs *Bundle) (Difference, error) {
	d := Diff(own, theirs)
	was, err := s.allCases()
	if err != nil {
		return d, err
	}
	is, err := other.allCases()
	if err != nil {
		return d, err
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		old, known := was[name]
		switch {
		case !known:
			d.Cases = append(d.Cases, PartChange{Name: caseName(name), Change: Added, Says: caseSays(is[name])})
		case !bytes.Equal(old, is[name]):
			d.Cases = append(d.Cases, PartChange{Name: caseName(name), Change: Changed, Says: caseSays(is[name]), Fields: changedLines(old, is[name])})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, still := is[name]; !still {
			d.Cases = append(d.Cases, PartChange{Name: caseName(name), Change: Removed, Says: caseSays(was[name])})
		}
	}
	return d, nil
}

func caseName(file string) string { return strings.TrimSuffix(file, ".txtar") }

// caseSays is the first line of a case: what it tests.
func caseSays(data []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(txtar.Parse(data).Comment)), "\n")
	if !utf8.ValidString(line) {
		return ""
	}
	return line
}

// changedLines gives the files of a case that differ, before and after.
func changedLines(old, new []byte) []FieldChange {
	var fields []FieldChange
	was, is := txtar.Parse(old), txtar.Parse(new)
	for _, f := range is.Files {
		before := ""
		for _, o := range was.Files {
			if o.Name == f.Name {
				before = string(o.Data)
			}
		}
		if before != string(f.Data) {
			fields = append(fields, FieldChange{f.Name, strings.TrimSpace(before), strings.TrimSpace(string(f.Data))})
		}
	}
	return fields
}
