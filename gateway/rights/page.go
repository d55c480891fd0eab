// SPDX-License-Identifier: EUPL-1.2

package rights

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
)

// The page is for the citizen to whom the controller gives it: Dutch, without
// scripts, and printable.
//
//go:embed page.html
var pageText string

// WritePage writes the overview as a page in plain Dutch.
func (o Overview) WritePage(w io.Writer) error {
	page, err := template.New("overzicht").Funcs(template.FuncMap{"dag": dutchDay, "naam": named}).Parse(pageText)
	if err != nil {
		return fmt.Errorf("page of an overview: %w", err)
	}
	return page.Execute(w, o)
}

// dutchDay is the day of a moment in the Netherlands.
func dutchDay(at time.Time) string { return gateway.Today(at).String() }

func named(o Organisation) string {
	if o.Name == "" {
		return "organisatie " + string(o.OIN)
	}
	return o.Name
}
