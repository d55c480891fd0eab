// SPDX-License-Identifier: EUPL-1.2

package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/seinhuis/seinhuis/"

// source is one Go file of the module, parsed.
type source struct {
	path    string // from the module's root, with slashes
	folder  string
	test    bool
	lines   int
	text    string
	syntax  *ast.File
	fileset *token.FileSet
}

// imports lists what the file imports; packages of this module without the
// module's name.
func (s source) imports() []string {
	var all []string
	for _, spec := range s.syntax.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		all = append(all, strings.TrimPrefix(p, module))
	}
	return all
}

// at names a place for a failure message.
func (s source) at(n ast.Node) string { return s.fileset.Position(n.Pos()).String() }

// sources parses every Go file of the module. Folders that the go command does
// not look at are left out.
func sources(t *testing.T) []source {
	t.Helper()
	const root = ".."
	var all []source
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		s := source{path: rel, folder: path.Dir(rel), test: strings.HasSuffix(name, "_test.go"),
			lines: strings.Count(string(text), "\n"), text: string(text), fileset: token.NewFileSet()}
		s.syntax, err = parser.ParseFile(s.fileset, rel, text, parser.ParseComments)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files: the walk does not see the module", len(all))
	}
	return all
}

// within reports whether folder is one of the given or lies inside it.
func within(folder string, roots ...string) bool {
	for _, r := range roots {
		if folder == r || strings.HasPrefix(folder, r+"/") {
			return true
		}
	}
	return false
}
