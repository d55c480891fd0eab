// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// page is one place of the console. doc.go tells how to add one.
type page struct {
	path   string // pattern of net/http without method: "/logboek/{number}"
	name   string // of the template, and the first word of its words
	parent string // name of the page above it in the breadcrumb; empty: the start page
	menu   bool   // it stands in the menu, in the order of the table
	roles  []oversight.Role
	words  words
	costly []string // methods that take long: see turns

	// get gives what the template shows. It may give a view together with problems.
	get func(context.Context, *visit) (view any, err error)
	// file answers a download in place of a page; get is then nil.
	file func(context.Context, *visit) (file, error)
	// post does what a form asks and tells where to go; nil for pages that change nothing.
	post func(context.Context, *visit, form) (to string, err error)
}

// file is a download. The name is made of codes, numbers and dates; write is
// called once, when everything that may refuse has been asked.
type file struct {
	name  string
	kind  string // media type
	write func(io.Writer) error
}

// titled is a view that fills the verbs of its page's title.
type titled interface{ titleArgs() []any }

// sees reports whether the page is for an officer.
func (p page) sees(o oversight.Officer) bool {
	return slices.ContainsFunc(p.roles, o.May)
}

// visit is one request of an officer who signed in, as pages get it.
type visit struct {
	oversight.Visit
	Lang    language
	request *http.Request
	query   url.Values
	words   *dictionary
	session session
}

// param is a value of the query; empty when it is not there.
func (v *visit) param(name string) string { return bounded(v.query.Get(name)) }

// segment is a part of the path that the page's pattern names.
func (v *visit) segment(name string) string { return bounded(v.request.PathValue(name)) }

// say gives a word in the visitor's language.
func (v *visit) say(key string, args ...any) string { return v.words.say(v.Lang, key, args...) }

// maxValue bounds what one value of a query or path may hold, in bytes.
const maxValue = 300

// bounded cuts off what is too long: what is left is not valid anywhere either.
func bounded(s string) string { return s[:min(len(s), maxValue)] }

// form is what a visitor filled in and sent.
type form struct {
	values url.Values
	files  map[string][]byte
}

// file is what was sent as a file; nil for none.
func (f form) file(name string) []byte { return f.files[name] }

// text is the value of a field, spaces at its ends taken off.
func (f form) text(name string) string { return trim(f.values.Get(name)) }

// Get is text, for templates.
func (f form) Get(name string) string { return f.text(name) }

// problem is one thing that is wrong with what was filled in.
type problem struct {
	Field string // name of the field; empty for the form as a whole
	Word  string // key of the sentence
	Text  string // in place of Word: the sentence of a finding, in Dutch
}

// problems are all that is wrong, as an error.
type problems []problem

func (p problems) Error() string { return "the form is not right" }

// add notes a problem.
func (p *problems) add(field, word string) { *p = append(*p, problem{Field: field, Word: word}) }

// err is nil when there are none.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// of is the problem of a field.
func (p problems) of(field string) (problem, bool) {
	i := slices.IndexFunc(p, func(q problem) bool { return q.Field == field })
	if i < 0 {
		return problem{}, false
	}
	return p[i], true
}
