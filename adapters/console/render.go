// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
	"github.com/seinhuis/seinhuis/policies"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are the pages, once per language: words are chosen when a page is
// made, and a template needs not know in which.
type templates struct {
	pages map[language]map[string]*template.Template
}

// bareNames are the pages that need no session.
func bareNames() []string { return []string{"signin", "leaving", "signed", "error"} }

func newTemplates(d *dictionary, all []page) (*templates, error) {
	names := bareNames()
	for _, p := range all {
		if p.get != nil {
			names = append(names, p.name)
		}
	}
	t := &templates{map[language]map[string]*template.Template{}}
	for _, l := range languages() {
		base, err := template.New("layout.html").Funcs(functions(d, l)).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html")
		if err != nil {
			return nil, err
		}
		t.pages[l] = map[string]*template.Template{}
		for _, name := range names {
			content, err := templateFiles.ReadFile("templates/" + name + ".html")
			if err != nil {
				return nil, fmt.Errorf("console: page %s: %w", name, err)
			}
			own, err := base.Clone()
			if err == nil {
				_, err = own.New("content").Parse(string(content))
			}
			if err != nil {
				return nil, fmt.Errorf("console: page %s: %w", name, err)
			}
			t.pages[l][name] = own
		}
	}
	return t, nil
}

// functions are what templates may call.
func functions(d *dictionary, l language) template.FuncMap {
	return template.FuncMap{
		"w":        func(key string, args ...any) string { return d.say(l, key, args...) },
		"has":      d.has,
		"day":      func(at gateway.Date) string { return day(l, at) },
		"moment":   func(at any) string { return anyMoment(l, at) },
		"number":   func(n any) string { return anyNumber(l, n) },
		"field":    func(f frame, name string, value any) field { return newField(d, f, name, value) },
		"choice":   func(value any, key string) choice { return choice{fmt.Sprint(value), d.say(l, key)} },
		"optional": func(f field) field { f.Optional = true; return f },
		"choices":  func(f field, choices []choice) field { f.Choices = choices; return f },
		"typed":    func(f field, kind string) field { f.Type = kind; return f },
		"event":    func(code any) string { return eventName(d, l, fmt.Sprint(code)) },
		"next":     func(i int) int { return i + 1 },
		"date":     gateway.DateOf,
		"way":      wayOf,
		"scope":    scopeOf,
		"changes":  func(title string, parts []policies.PartChange) changedParts { return changedParts{title, parts} },
	}
}

// frame is the dot of every template.
type frame struct {
	Lang     language
	Other    language
	Name     string // of the page
	Title    string
	Style    string // address of the style sheet
	Menu     []place
	Crumbs   []place
	Path     string // of this page with its query, to come back to
	Token    string // of the session; empty for nobody
	Who      string // what the officer may see
	Problems problems
	Sent     form
	View     any
}

// place is a link of the menu or the breadcrumb.
type place struct {
	Path, Text string
	Here       bool
}

// render answers with a page.
func (k *Console) render(w http.ResponseWriter, v *visit, p page, status int, view any, wrong problems, sent form) {
	var args []any
	if t, ok := view.(titled); ok {
		args = t.titleArgs()
	}
	f := k.frame(v, p.name, k.words.say(v.Lang, p.name+".title", args...))
	f.Crumbs = k.crumbs(v, p, f.Title)
	for i := range f.Menu {
		f.Menu[i].Here = f.Menu[i].Path == k.section(p)
	}
	f.Problems, f.Sent, f.View = wrong, sent, view
	k.execute(w, v.request, status, f)
}

// frame is what every page of a session has.
func (k *Console) frame(v *visit, name, title string) frame {
	f := frame{Lang: v.Lang, Other: other(v.Lang), Name: name, Title: title, Style: k.style.path, Token: v.session.token,
		Path: "/", Who: k.who(v)}
	if v.request.Method == http.MethodGet && localPath(v.request.URL.RequestURI()) {
		f.Path = v.request.URL.RequestURI()
	} else if localPath(v.request.URL.Path) {
		f.Path = v.request.URL.Path
	}
	for _, p := range k.pages {
		if p.menu && p.sees(v.Officer) {
			f.Menu = append(f.Menu, place{Path: start(p.path), Text: k.words.say(v.Lang, p.name+".menu")})
		}
	}
	return f
}

// who says for whom the officer looks, in numbers and codes.
func (k *Console) who(v *visit) string {
	var parts []string
	if v.Officer.May(oversight.RoleProcessor) {
		parts = append(parts, k.words.say(v.Lang, "frame.all"))
	} else if v.Officer.May(oversight.RoleParty) {
		for _, p := range v.Officer.Scope().Parties() {
			parts = append(parts, string(p))
		}
	}
	if v.Officer.May(oversight.RolePolicy) {
		parts = append(parts, k.words.say(v.Lang, "frame.policy"))
	}
	return strings.Join(parts, ", ")
}

// crumbs are the pages above this one, and this one last.
func (k *Console) crumbs(v *visit, p page, title string) (out []place) {
	out = []place{{Text: title, Here: true}}
	for parent := p.parent; parent != ""; {
		above, ok := k.named(parent)
		if !ok {
			break
		}
		if above.sees(v.Officer) {
			out = append([]place{{Path: start(above.path), Text: k.words.say(v.Lang, above.name+".menu")}}, out...)
		}
		parent = above.parent
	}
	if start(p.path) != "/" && out[0].Path != "/" {
		out = append([]place{{Path: "/", Text: k.words.say(v.Lang, "frame.start")}}, out...)
	}
	return out
}

// section is the path in the menu under which a page lies.
func (k *Console) section(p page) string {
	for !p.menu && p.parent != "" {
		above, ok := k.named(p.parent)
		if !ok {
			break
		}
		p = above
	}
	return start(p.path)
}

func (k *Console) named(name string) (page, bool) {
	for _, p := range k.pages {
		if p.name == name {
			return p, true
		}
	}
	return page{}, false
}

// start is a pattern as a path to link to.
func start(pattern string) string { return strings.TrimSuffix(pattern, "{$}") }

func other(l language) language {
	if l == dutch {
		return english
	}
	return dutch
}

// fail answers with the page of an error, to an officer.
func (k *Console) fail(w http.ResponseWriter, v *visit, status int) {
	key := "error." + strconv.Itoa(status)
	f := k.frame(v, "error", k.words.say(v.Lang, key+".title"))
	f.View = k.words.say(v.Lang, key)
	f.Crumbs = []place{{Path: "/", Text: k.words.say(v.Lang, "frame.start")}, {Text: f.Title, Here: true}}
	f.Path = "/"
	k.execute(w, v.request, status, f)
}

// bare answers with the page of an error, to nobody in particular.
func (k *Console) bare(w http.ResponseWriter, r *http.Request, status int) {
	l := spoken(r)
	key := "error." + strconv.Itoa(status)
	f := frame{Lang: l, Other: other(l), Name: "error", Title: k.words.say(l, key+".title"), Style: k.style.path, View: k.words.say(l, key)}
	k.execute(w, r, status, f)
}

// renderBare answers with a page that needs no session, in the language that
// the address asks for.
func (k *Console) renderBare(w http.ResponseWriter, r *http.Request, name string, status int, view any) {
	k.renderIn(w, r, name, status, spoken(r), view)
}

func (k *Console) renderIn(w http.ResponseWriter, r *http.Request, name string, status int, l language, view any) {
	k.execute(w, r, status, frame{Lang: l, Other: other(l), Name: name, Title: k.words.say(l, name+".title"), Style: k.style.path, View: view})
}

func spoken(r *http.Request) language { return parseLanguage(r.FormValue("taal")) }

// execute makes the whole page before any of it leaves.
func (k *Console) execute(w http.ResponseWriter, r *http.Request, status int, f frame) {
	var page bytes.Buffer
	if err := k.shown.pages[f.Lang][f.Name].ExecuteTemplate(&page, "layout.html", f); err != nil {
		k.config.Logger.Error("console", "pagina", f.Name, "fout", "the template failed")
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(page.Len()))
	h.Set("Content-Language", string(f.Lang))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page.Bytes())
	}
}
