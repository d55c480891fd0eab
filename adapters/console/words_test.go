// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/audit"
)

// trees are the parsed templates of a console in Dutch, by name; the parts of the
// layout are under layout.
func trees(t *testing.T, k *Console) map[string][]*parse.Tree {
	t.Helper()
	out := map[string][]*parse.Tree{}
	for name, set := range k.shown.pages[dutch] {
		for _, one := range set.Templates() {
			switch {
			case one.Tree == nil:
			case one.Name() == "content":
				out[name] = append(out[name], one.Tree)
			case out["layout"] == nil || !slices.ContainsFunc(out["layout"], func(o *parse.Tree) bool { return o.Name == one.Tree.Name }):
				out["layout"] = append(out["layout"], one.Tree)
			}
		}
	}
	return out
}

// walk visits every node below one.
func walk(n parse.Node, visit func(parse.Node)) {
	if n == nil {
		return
	}
	visit(n)
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, visit)
		walk(b.List, visit)
		if b.ElseList != nil {
			walk(b.ElseList, visit)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, c := range n.Nodes {
			walk(c, visit)
		}
	case *parse.ActionNode:
		walk(n.Pipe, visit)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			walk(c, visit)
		}
	case *parse.CommandNode:
		for _, c := range n.Args {
			walk(c, visit)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, visit)
		}
	}
}

var (
	actions = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	tags    = regexp.MustCompile(`(?s)<[^>]*>|&[a-z]+;`)
	said    = regexp.MustCompile(`(?i)(aria-label|title|placeholder|alt)="[^"]*[a-z]`)
	letter  = regexp.MustCompile(`\p{L}+`)
)

// TestTemplatesSayOnlyWords: no sentence stands in a template, or it would be
// there in one language only.
func TestTemplatesSayOnlyWords(t *testing.T) {
	for _, file := range must(fs.Glob(templateFiles, "templates/*.html")) {
		bare := actions.ReplaceAllString(string(must(templateFiles.ReadFile(file))), "")
		for _, text := range append(said.FindAllString(bare, -1), letter.FindAllString(tags.ReplaceAllString(bare, " "), -1)...) {
			t.Errorf("%s: %q is said in one language", file, text)
		}
	}
}

// TestWordsAreThere: every word that a template or a page names is in the
// table, and every word in the table is named.
func TestWordsAreThere(t *testing.T) {
	k := newWorld(t).console
	named := map[string]bool{}
	for name, all := range trees(t, k) {
		for _, tree := range all {
			walk(tree.Root, func(n parse.Node) {
				c, ok := n.(*parse.CommandNode)
				if !ok || len(c.Args) < 2 {
					return
				}
				f, ok := c.Args[0].(*parse.IdentifierNode)
				if !ok {
					return
				}
				literal := func(i int) string {
					if i < len(c.Args) {
						if s, ok := c.Args[i].(*parse.StringNode); ok {
							return s.Text
						}
					}
					return ""
				}
				switch f.Ident {
				case "w":
					if key := literal(1); key != "" {
						named[key] = true
					}
				case "choice":
					named[literal(2)] = true
				case "field":
					named[name+"."+literal(2)] = true
					if hint := name + "." + literal(2) + ".hint"; k.words.has(hint) {
						named[hint] = true
					}
				}
			})
		}
	}
	for _, p := range k.pages {
		if p.get != nil {
			named[p.name+".title"] = true
		}
		if p.menu || slices.ContainsFunc(k.pages, func(q page) bool { return q.parent == p.name }) {
			named[p.name+".menu"] = true
		}
	}
	source := goSource(t)
	for _, m := range regexp.MustCompile(`"([a-z]+)\.([a-z0-9.-]*[a-z0-9])"`).FindAllStringSubmatch(source, -1) {
		_, isPage := k.named(m[1])
		if (isPage || m[1] == "field" || m[1] == "frame") && m[2] != "html" {
			named[m[1]+"."+m[2]] = true
		}
	}
	for key := range named {
		if !k.words.has(key) {
			t.Errorf("the word %s is not there", key)
		}
	}
	for key := range k.words.words {
		// Others are named in Go, whole or by how they begin.
		said := named[key] || strings.Count(source, `"`+key+`"`) > 1 || derived(key)
		for i, c := range key {
			said = said || (c == '.' || c == '-') && strings.Contains(source, `"`+key[:i+1]+`"`)
		}
		if !said {
			t.Errorf("nobody says the word %s", key)
		}
	}
}

// derived words are named by code from parts: a title of a bare page, the
// explanation of a field of an entry, the page of a status.
func derived(key string) bool {
	return strings.HasPrefix(key, "error.") || strings.HasPrefix(key, "entry.") && strings.HasSuffix(key, "-why") ||
		strings.HasPrefix(key, "signin.") || key == "signed.title" || key == "leaving.title" || strings.HasPrefix(key, "field.")
}

// goSource is the source of the package and its templates, in one text.
func goSource(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		for _, file := range must(filepath.Glob(pattern)) {
			if !strings.HasSuffix(file, "_test.go") {
				all.Write(must(os.ReadFile(file)))
			}
		}
	}
	return all.String()
}

var verbs = regexp.MustCompile(`%[a-z%]`)

// TestWordsAgree: the languages take the same values in the same order, and
// none is the other left untranslated by oversight.
func TestWordsAgree(t *testing.T) {
	same := []string{"search.object", "entry.digest", "role.seinhuis"} // words that are the same in both
	k := newWorld(t).console
	for key, w := range k.words.words {
		if !slices.Equal(verbs.FindAllString(w.nl, -1), verbs.FindAllString(w.en, -1)) {
			t.Errorf("%s takes other values in English", key)
		}
		if strings.TrimSpace(w.nl) != w.nl || strings.TrimSpace(w.en) != w.en {
			t.Errorf("%s has spaces at an end", key)
		}
		if w.nl == w.en && len(strings.Fields(w.nl)) > 2 && !slices.Contains(same, key) {
			t.Errorf("%s is the same in both languages", key)
		}
	}
}

// TestDictionaryRefuses: a word that is there twice, or in one language.
func TestDictionaryRefuses(t *testing.T) {
	for name, tables := range map[string][]words{
		"twice": {{"a.b": {"x", "y"}}, {"a.b": {"x", "y"}}}, "no English": {{"a.b": {"x", ""}}}, "no Dutch": {{"a.b": {"", "y"}}},
	} {
		if _, err := newDictionary(tables...); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// TestEveryEventHasItsName in English; in Dutch the code is the name.
func TestEveryEventHasItsName(t *testing.T) {
	for _, m := range audit.Catalogue() {
		if englishEvents()[m.Event] == "" {
			t.Errorf("event_words.go has no English name for %s", m.Event)
		}
	}
	if n := len(englishEvents()); n != len(audit.Catalogue()) {
		t.Errorf("event_words.go names %d events, the catalogue has %d", n, len(audit.Catalogue()))
	}
}

// TestEveryTemplateIsAPage: no file is left behind.
func TestEveryTemplateIsAPage(t *testing.T) {
	k := newWorld(t).console
	for _, file := range must(fs.Glob(templateFiles, "templates/*.html")) {
		name := strings.TrimSuffix(filepath.Base(file), ".html")
		if _, ok := k.shown.pages[dutch][name]; !ok && name != "layout" && name != "parts" {
			t.Errorf("%s is of no page", file)
		}
	}
}

// TestMoments: clocks in the Netherlands, on both sides of the change of time.
func TestMoments(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-22T23:30:05Z": "23 november 2026 00:30:05", "2026-07-01T12:00:00Z": "1 juli 2026 14:00:00",
		"2026-03-29T00:59:59Z": "29 maart 2026 01:59:59", "2026-03-29T01:00:00Z": "29 maart 2026 03:00:00",
		"2026-10-25T00:59:59Z": "25 oktober 2026 02:59:59", "2026-10-25T01:00:00Z": "25 oktober 2026 02:00:00",
	} {
		if got := moment(dutch, must(time.Parse(time.RFC3339, at))); got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
		if d := gateway.Today(must(time.Parse(time.RFC3339, at))); !strings.HasPrefix(want, day(dutch, d)+" ") {
			t.Errorf("%s lies on %s, and its day is %s", at, want, day(dutch, d))
		}
	}
	// The other way round: the first of two moments, and none where clocks jump.
	for shown, want := range map[string]string{"2026-11-22 09:30": "2026-11-22T08:30:00Z", "2026-07-01 00:15": "2026-06-30T22:15:00Z",
		"2026-10-25 02:30": "2026-10-25T00:30:00Z", "2026-10-25 03:00": "2026-10-25T02:00:00Z", "2026-03-29 02:30": "", "2026-03-29 03:00": "2026-03-29T01:00:00Z"} {
		c := must(time.Parse("2006-01-02 15:04", shown))
		at, ok := fromNetherlands(gateway.DateOf(c), c.Hour(), c.Minute())
		if ok != (want != "") || ok && at.Format(time.RFC3339) != want {
			t.Errorf("%s in the Netherlands is %s", shown, at)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.000", 1234567: "1.234.567", -1234: "-1.234"} {
		if got := number(dutch, n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}
