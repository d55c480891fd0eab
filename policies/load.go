// SPDX-License-Identifier: EUPL-1.2

package policies

import (
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"cel.dev/cel-go/cel"
)

//go:embed documents/*.yaml
var embedded embed.FS

//go:embed cases/*.txtar
var embeddedCases embed.FS

const manifestName = "bundel.yaml"

// Bundle is a set of loaded documents. It does not change after loading and
// may be used by many goroutines.
type Bundle struct {
	ref       Ref
	lang      *language
	documents []loadedDocument // in order of file name
}

type loadedDocument struct {
	file  string
	name  string
	note  string
	scope scope
	span  span
	rules []rule
}

type rule struct {
	name    string // document/id
	series  string
	law     string
	nl, en  string
	span    span
	text    string // the condition as written
	when    cel.Program
	effect  string
	code    string
	pointer string
	fields  []string
	days    Retention
}

// Embedded loads the documents that this program was built with.
func Embedded() (*Bundle, error) {
	sub, err := fs.Sub(embedded, "documents")
	if err != nil {
		return nil, err
	}
	return Load(sub)
}

// EmbeddedCases holds the cases that the embedded documents must pass, for
// [RunCases].
func EmbeddedCases() fs.FS {
	sub, err := fs.Sub(embeddedCases, "cases")
	if err != nil { // "cases" is a valid path, so this cannot be reached
		return embeddedCases
	}
	return sub
}

// Load reads bundel.yaml and every other *.yaml at the root of fsys. Other
// files and folders are not looked at, but a *.yml is refused, so that no
// document is left out by the spelling of its name. Load returns all findings
// at once, each with its file and, where there is one, its rule.
func Load(fsys fs.FS) (*Bundle, error) {
	files, err := readAll(fsys)
	if err == nil {
		var b *Bundle
		if b, err = loadFiles(files); err == nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("policies: %w", err)
}

func readAll(fsys fs.FS) (map[string][]byte, error) {
	if stray, err := fs.Glob(fsys, "*.yml"); err != nil || len(stray) > 0 {
		return nil, fmt.Errorf("%v: documents are called *.yaml", stray)
	}
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	if len(names) > maxFiles {
		return nil, fmt.Errorf("more than %d documents", maxFiles)
	}
	files := make(map[string][]byte, len(names))
	for _, name := range names {
		info, err := fs.Stat(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if info.Size() > maxFileBytes { // before it is read into memory; decodeYAML looks again
			return nil, fmt.Errorf("%s: larger than %d bytes", name, maxFileBytes)
		}
		if files[name], err = fs.ReadFile(fsys, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}

func loadFiles(files map[string][]byte) (*Bundle, error) {
	lang, err := newLanguage()
	if err != nil {
		return nil, err
	}
	b := &Bundle{lang: lang}
	digest := sha256.New()
	var findings []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		digest.Write(binary.BigEndian.AppendUint64([]byte(name+"\x00"), uint64(len(data))))
		digest.Write(data)
		if err := b.take(name, data); err != nil {
			findings = append(findings, err)
		}
	}
	if _, ok := files[manifestName]; !ok {
		findings = append(findings, fmt.Errorf("%s is missing", manifestName))
	}
	if len(files) < 2 {
		findings = append(findings, errors.New("no documents"))
	}
	if err := errors.Join(append(findings, b.crossCheck()...)...); err != nil {
		return nil, err
	}
	digest.Sum(b.ref.Digest[:0])
	return b, nil
}

// take adds one file to the bundle.
func (b *Bundle) take(file string, data []byte) error {
	if file == manifestName {
		return b.takeManifest(data)
	}
	var d document
	if err := decodeYAML(data, &d); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if d.Name+".yaml" != file {
		return fmt.Errorf("%s: document is called %q, not after its file", file, d.Name)
	}
	loaded, findings := b.compileDocument(file, d)
	b.documents = append(b.documents, loaded)
	return errors.Join(findings...)
}

func (b *Bundle) takeManifest(data []byte) error {
	var m manifest
	if err := decodeYAML(data, &m); err != nil {
		return fmt.Errorf("%s: %w", manifestName, err)
	}
	if !identifier(m.Name) || m.Version == "" || len(m.Version) > 40 {
		return fmt.Errorf("%s: naam (kebab-case) and versie (at most 40 bytes) are required", manifestName)
	}
	b.ref.Name, b.ref.Version = m.Name, m.Version
	return nil
}

// Ref names the bundle.
func (b *Bundle) Ref() Ref { return b.ref }

// Codes lists, sorted and without doubles, every code a decision can carry.
func (b *Bundle) Codes() []string {
	codes := []string{CodeRuleError, CodeNoDocument, CodeNoAgreement, CodeNoSignalDate, CodeNoRetention}
	for _, d := range b.documents {
		for _, r := range d.rules {
			if r.code != "" {
				codes = append(codes, r.code)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
