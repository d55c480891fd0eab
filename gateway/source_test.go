// SPDX-License-Identifier: EUPL-1.2

package gateway_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

const maxLines = 500

func TestFilesAreReadable(t *testing.T) {
	for _, s := range sources(t) {
		if s.lines > maxLines {
			t.Errorf("%s has %d lines; split it (look again at 300)", s.path, s.lines)
		}
		if !strings.HasPrefix(s.text, "// SPDX-License-Identifier: EUPL-1.2\n") {
			t.Errorf("%s does not begin with the SPDX line", s.path)
		}
	}
}

func TestEveryPackageSaysItsJob(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			said[s.folder] = said[s.folder] || s.syntax.Doc.Text() != ""
		}
	}
	for folder, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment: its one job, what it may not do, who calls it", folder)
		}
	}
}

func TestTopLevelIsTheDiagram(t *testing.T) {
	fixed := []string{"cmd", "gateway", "adapters", "keys", "policies", "deploy", "docs"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(fixed, e.Name()) {
			t.Errorf("%s/ is no folder of the house: %v", e.Name(), fixed)
		}
	}
}

// calls that the core may not make, by package name and function.
var forbiddenCalls = map[string]string{
	"time.Now":          "time comes in as a value or a gateway.Clock",
	"time.Since":        "time comes in as a value or a gateway.Clock",
	"time.Until":        "time comes in as a value or a gateway.Clock",
	"context.WithValue": "actor and ports are explicit parameters; a context carries deadline and trace",
	"os.Exit":           "only main exits",
	"log.Fatal":         "only main exits",
}

func TestCoreCallsNothingHidden(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !within(s.folder, "gateway") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			pkg, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			if reason := forbiddenCalls[pkg.Name+"."+sel.Sel.Name]; reason != "" {
				t.Errorf("%s: %s.%s: %s", s.at(n), pkg.Name, sel.Sel.Name, reason)
			}
			if sel.Sel.Name == "Value" && (pkg.Name == "ctx" || pkg.Name == "context") {
				t.Errorf("%s: %s", s.at(n), forbiddenCalls["context.WithValue"])
			}
			return true
		})
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && !s.test && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: no init: wiring is done by hand in cmd", s.at(f))
			}
		}
	}
}

// tables are the package-level variables of the core that are no errors: they
// are filled where they are declared and never written again.
var tables = map[string]string{
	"gateway.oinPrefixes":              "Logius, OIN-stelsel 3.0",
	"gateway/audit.catalogue":          "the catalogue by event",
	"gateway/feedback.fields":          "schema of feedback",
	"gateway/pause.fields":             "schema of a change of a pause",
	"gateway/pause.agentFields":        "schema of an agent that was told",
	"gateway/batch.columns":            "columns of a CSV file, in canonical order",
	"gateway/batch.sentences":          "one sentence per code",
	"gateway/intake.reportFields":      "schema of a report",
	"gateway/intake.effortFields":      "schema of a report",
	"gateway/intake.personFields":      "schema of a report",
	"gateway/intake.addressFields":     "schema of a report",
	"gateway/intake.contactFields":     "schema of a report",
	"gateway/intake.subjectFields":     "schema of a person or home that an official types",
	"gateway/intake.explanations":      "standing sentence of each code",
	"gateway/journey.withdrawalFields": "schema of a withdrawal",
	"gateway/logbook.categories":       "name, ground and categories of each activity",
	"gateway/logbook.rules":            "whose the entries of an event are, and as which activity",
	"gateway/permit.optionalFields":    "fields that policy may have dropped",
	"gateway/pseudonym.folds":          "letters to plain letters",
	"gateway/pseudonym.prefixes":       "words that open surnames",
	"gateway/routing.upperHalf":        "upper half of Windows-1252",
}

func TestCoreHasNoState(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !within(s.folder, "gateway") {
			continue
		}
		for _, d := range s.syntax.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				v := spec.(*ast.ValueSpec)
				embedded := strings.Contains(docText(s, g, v), "//go:embed ")
				for i, name := range v.Names {
					switch {
					case embedded || name.Name == "_":
					case i < len(v.Values) && isErrorValue(name.Name, v.Values[i]):
					case tables[s.folder+"."+name.Name] != "" && i < len(v.Values):
					default:
						t.Errorf("%s: %s.%s: the core has no package state; an immutable table needs a row in tables", s.at(name), s.folder, name.Name)
					}
				}
			}
		}
		noTableIsWritten(t, s)
	}
}

// noTableIsWritten fails when a statement changes a table, or anything in it.
func noTableIsWritten(t *testing.T, s source) {
	t.Helper()
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		for _, target := range written(n) {
			if name := holder(target); name != "" && tables[s.folder+"."+name] != "" {
				t.Errorf("%s: the table %s is written", s.at(n), name)
			}
		}
		return true
	})
}

// written lists what a statement changes: by assignment, by ++ or --, as the
// variable of a range, and by the built-ins that change what they are given.
func written(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.CallExpr:
		f, ok := n.Fun.(*ast.Ident)
		if ok && len(n.Args) > 0 && (f.Name == "delete" || f.Name == "clear" || f.Name == "copy") {
			return n.Args[:1]
		}
	}
	return nil
}

// holder is the variable that an expression is a part of; "" when it is part
// of none.
func holder(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return holder(e.X)
	case *ast.SelectorExpr:
		return holder(e.X)
	case *ast.SliceExpr:
		return holder(e.X)
	case *ast.StarExpr:
		return holder(e.X)
	case *ast.ParenExpr:
		return holder(e.X)
	}
	return ""
}

// TestWritesToTablesAreSeen holds the rule itself: each line changes t.
func TestWritesToTablesAreSeen(t *testing.T) {
	for line, writes := range map[string]bool{
		"t = nil": true, "t[1] = x": true, "t[1].f = x": true, "t[1]++": true, "t.f--": true, "delete(t, k)": true, "clear(t)": true,
		"delete(t[1].f, k)": true, "copy(t[1:], x)": true, "for t[1] = range x {}": true, "(*t).f = x": true, "a, t[1] = x, y": true,
		"x = t[1]": false, "use(t)": false, "t := x": false, "for _, y := range t {}": false, "x[t] = y": false, "delete(x, t)": false,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() {\n"+line+"\n}", 0)
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		ast.Inspect(f, func(n ast.Node) bool {
			for _, target := range written(n) {
				seen = seen || holder(target) == "t"
			}
			return true
		})
		if seen != writes {
			t.Errorf("%s: writes %v, want %v", line, seen, writes)
		}
	}
}

func docText(s source, g *ast.GenDecl, v *ast.ValueSpec) string {
	var b strings.Builder
	for _, group := range []*ast.CommentGroup{g.Doc, v.Doc} {
		if group == nil {
			continue
		}
		for _, c := range group.List {
			b.WriteString(c.Text + "\n")
		}
	}
	return b.String()
}

// isErrorValue reports whether a variable is a sentinel error.
func isErrorValue(name string, value ast.Expr) bool {
	call, ok := value.(*ast.CallExpr)
	if !ok || !strings.HasPrefix(strings.ToLower(name), "err") {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && (pkg.Name == "errors" && sel.Sel.Name == "New" || pkg.Name == "fmt" && sel.Sel.Name == "Errorf")
}
