// SPDX-License-Identifier: EUPL-1.2

package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the top of the module, seen from this package's directory.
const root = ".."

// source is what the Go files of the module declare and import.
type source struct {
	names    map[string]bool            // package.Identifier, exported and at top level
	tests    map[string]bool            // Test…, Fuzz…, Benchmark…, Example…
	packages map[string]bool            // directories with files that are not tests
	imports  map[string]map[string]bool // import path -> "product", "test"
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]map[string]bool{}}
	files := token.NewFileSet()
	walk(t, ".go", func(path string) {
		f, err := parser.ParseFile(files, filepath.Join(root, path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s cannot be parsed: %v", path, err)
			return
		}
		s.add(path, f)
	})
	return s
}

func (s source) add(path string, f *ast.File) {
	test := strings.HasSuffix(path, "_test.go")
	use := "product"
	if test {
		use = "test"
	} else {
		s.packages[filepath.ToSlash(filepath.Dir(path))] = true
	}
	for _, i := range f.Imports {
		p := strings.Trim(i.Path.Value, `"`)
		if s.imports[p] == nil {
			s.imports[p] = map[string]bool{}
		}
		s.imports[p][use] = true
	}
	for _, d := range f.Decls {
		for _, name := range declared(d) {
			if test && testName.MatchString(name) {
				s.tests[name] = true
			}
			if !test {
				s.names[f.Name.Name+"."+name] = true
			}
		}
	}
}

var testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark|Example)[A-Z]`)

// declared lists the names of a declaration at top level; methods are left out.
func declared(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}

// walk visits the files of the module with an ending, by path from the root.
func walk(t *testing.T, ending string, visit func(path string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(path, ending):
			visit(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// page reads a page by its path from the root.
func page(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// linkedTest is a test with a link to its file.
var linkedTest = regexp.MustCompile("\\[`(\\w+)`\\]\\((\\S+_test\\.go)\\)")

var quotedTest = regexp.MustCompile("`((?:Test|Fuzz|Benchmark|Example)[A-Z][A-Za-z0-9_]*)`")

// A promise is worth the test that holds it, so a page may only name tests
// that are there.
func TestNamedTestsExist(t *testing.T) {
	tests := readSource(t).tests
	named := 0
	walk(t, ".md", func(path string) {
		for _, m := range quotedTest.FindAllStringSubmatch(page(t, path), -1) {
			named++
			if !tests[m[1]] {
				t.Errorf("%s names %s, which no package has", path, m[1])
			}
		}
	})
	links := linkedTest.FindAllStringSubmatch(page(t, "README.md"), -1)
	for _, m := range links {
		if !strings.Contains(page(t, m[2]), "func "+m[1]+"(") {
			t.Errorf("README.md links %s to %s, which does not have it", m[1], m[2])
		}
	}
	if named < 20 || len(links) < 8 {
		t.Errorf("only %d tests are named: is the pattern right?", named)
	}
}

var (
	comment     = regexp.MustCompile(`(?m)//.*$`)
	commentTest = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z][A-Za-z0-9]+`)
)

// The same for what a comment says that a test holds.
func TestTestsNamedInCommentsExist(t *testing.T) {
	tests := readSource(t).tests
	walk(t, ".go", func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, c := range comment.FindAllString(page(t, path), -1) {
			for _, name := range commentTest.FindAllString(c, -1) {
				if !tests[name] {
					t.Errorf("a comment of %s names %s, which no package has", path, name)
				}
			}
		}
	})
}

// Every invariant of the design stands in the threat model with a test.
func TestEveryInvariantNamesATest(t *testing.T) {
	rows := map[string]string{}
	for _, line := range strings.Split(page(t, "docs/threat-model.md"), "\n") {
		if m := regexp.MustCompile(`^\| (I\d+) `).FindStringSubmatch(line); m != nil {
			rows[m[1]] = line
		}
	}
	for _, id := range strings.Fields("I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I11 I12") {
		switch row, ok := rows[id]; {
		case !ok:
			t.Errorf("threat-model.md has no row for %s", id)
		case !quotedTest.MatchString(row) && !strings.Contains(row, "test missing"):
			t.Errorf("%s names no test and does not say that one is missing", id)
		}
	}
}

func TestEveryPackageIsInTheTree(t *testing.T) {
	text := page(t, "docs/architecture.md")
	for dir := range readSource(t).packages {
		if !strings.Contains(text, "`"+dir+"`") {
			t.Errorf("package %s is not in docs/architecture.md", dir)
		}
	}
}

var qualified = regexp.MustCompile("`([a-z]+\\.[A-Z][A-Za-z0-9]*)`")

func TestGlossaryWordsAreInTheCode(t *testing.T) {
	names := readSource(t).names
	words := qualified.FindAllStringSubmatch(page(t, "docs/glossary.md"), -1)
	if len(words) < 40 {
		t.Fatalf("the glossary has only %d words with a name in code", len(words))
	}
	for _, m := range words {
		if !names[m[1]] {
			t.Errorf("the glossary says %s, which no package declares", m[1])
		}
	}
}
